/** A view that breaks down while it is drawn, by an error that nobody catches. */
import { processTerminal } from "../../main.ts";
import { LiveScreen } from "../live_screen.ts";

const nothing = () => {};
const screen = new LiveScreen(processTerminal, {
  onBytes: nothing,
  onResize: nothing,
  onResume: nothing,
  onHangup: nothing,
});
screen.write("drawn");
setTimeout(() => {
  throw new Error("a defect");
}, 50);
