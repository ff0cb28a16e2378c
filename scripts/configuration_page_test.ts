import { equal } from "node:assert/strict";
import { configurationPage, configurationPath } from "./configuration_page.ts";

Deno.test("docs/configuration.md is what the tables of settings say (deno task docs writes it)", async () => {
  equal(await Deno.readTextFile(configurationPath), configurationPage());
});
