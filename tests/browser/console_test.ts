/**
 * The console as people use it, in a real Chromium at a real broker.
 */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { apiRoutes } from "../../broker/http/app.ts";
import { type MilenaProcess, startMilena } from "../support/milena_process.ts";
import { program, testNeeding } from "../support/requirement.ts";
import { CuttableLink } from "./cuttable_link.ts";
import { chromiumProgram, type Console, ConsoleBrowser, routes } from "./console_browser.ts";

const ADMIN = "/v3/clusters/{cluster_id}/topics";
const STREAM = "/topics/{topic}/stream";
const needs = [chromiumProgram, routes(ADMIN, STREAM)];

/** Lost connections are what these tests make; and a broker without /metrics says 404. */
const LOST = [/net::ERR_|Failed to load resource.*50[23]/, /404.*\/metrics/];
const expected = apiRoutes.some(({ path }) => path === "/metrics") ? [] : [/404.*\/metrics/];

Deno.test("Console: nothing leaves these tests out once there is something to drive", () => {
  const isThere = apiRoutes.some(({ path }) => path.startsWith("/v3/")) &&
    apiRoutes.some(({ path }) => path.endsWith("/stream"));
  equal(
    routes(ADMIN, STREAM).missing === undefined,
    isThere,
    "the routes have other names now: needs is to be changed",
  );
});

const originOf = ({ http }: MilenaProcess) => `http://${http.host}:${http.port}`;

/** Another client: it knows nothing of the console. */
async function write(broker: MilenaProcess, topic: string, value: string, query = ""): Promise<void> {
  const response = await fetch(`${originOf(broker)}/topics/${topic}/records${query}`, {
    method: "POST",
    body: value,
  });
  equal(response.status, 200, await response.text());
}

async function writeMany(broker: MilenaProcess, topic: string, records: readonly unknown[]): Promise<void> {
  const response = await fetch(`${originOf(broker)}/topics/${topic}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ records }),
  });
  equal(response.status, 200, await response.text());
}

async function create(broker: MilenaProcess, topic: string, partitions: number): Promise<void> {
  const response = await fetch(`${originOf(broker)}/topics/${topic}`, {
    method: "PUT",
    body: JSON.stringify({ partitions }),
  });
  equal(response.status, 201, await response.text());
}

/** Waits until the first row has `text`. */
async function newestHas(console: Console, text: string): Promise<void> {
  await console.rows.first().filter({ hasText: text }).waitFor({ timeout: 5000 });
}

testNeeding(needs, "Console: a stranger finds the newest message of a topic in two clicks", async () => {
  await using broker = await startMilena();
  await create(broker, "orders", 3);
  for (let i = 0; i < 40; i++) {
    await write(broker, "orders", JSON.stringify({ id: i }), `?partition=${i % 3}`);
  }
  await write(
    broker,
    "orders",
    '{"id":"the newest","long":12345678901234567890}',
    "?key=last&header.trace=abc",
  );
  await using browser = await ConsoleBrowser.launch();
  const began = performance.now();
  await using console = await browser.open(originOf(broker), { expected });
  await console.page.getByRole("link", { name: "orders" }).click();
  await newestHas(console, "the newest");
  // It is open already: nothing more to click. Its number is as it was written, and not rounded.
  await console.detail.getByText("12345678901234567890").waitFor();
  const shown = await console.detail.innerText();
  match(shown, /last/);
  match(shown, /trace\s+abc/);
  ok(performance.now() - began < 10_000, "in under ten seconds");
  console.check();
});

testNeeding(
  needs,
  "Console: what is produced by hand appears, and what others produce, without a reload",
  async () => {
    await using broker = await startMilena();
    await create(broker, "orders", 2);
    await using browser = await ConsoleBrowser.launch();
    await using console = await browser.open(originOf(broker), { hash: "#/topics/orders", expected });
    const { page } = console;
    await page.getByText("No messages yet").waitFor();
    await page.getByRole("button", { name: "Produce", exact: true }).click();
    await page.getByRole("textbox", { name: "Key" }).fill("customer-1");
    await page.getByRole("textbox", { name: /^Value/ }).fill('{"by":"hand"}');
    await page.getByRole("textbox", { name: "Headers" }).fill("trace: abc: d");
    await page.locator("dialog").getByRole("button", { name: "Produce" }).click();
    await newestHas(console, '{"by":"hand"}');
    await console.detail.getByText("abc: d").waitFor();
    await page.evaluate("window.isSamePage = true");
    for (let i = 0; i < 20; i++) await write(broker, "orders", `live ${i}`, `?partition=${i % 2}`);
    await newestHas(console, "live 19");
    equal(await console.rows.filter({ hasText: "live " }).count(), 20);
    // A selection stays where it is when more comes.
    await console.rows.filter({ hasText: "live 7" }).click();
    await write(broker, "orders", "one more");
    await newestHas(console, "one more");
    match(await console.detail.innerText(), /live 7/);
    equal(await page.evaluate("window.isSamePage"), true);
    console.check();
  },
);

testNeeding(needs, "Console: after a lost connection live goes on without a gap or a repeat", async () => {
  await using broker = await startMilena();
  await create(broker, "orders", 3);
  using link = new CuttableLink(broker.http);
  await using browser = await ConsoleBrowser.launch();
  await using console = await browser.open(link.origin, {
    hash: "#/topics/orders",
    expected: LOST,
    // So high that all rows are drawn.
    viewport: { width: 1280, height: 2000 },
  });
  const { page } = console;
  await page.locator('.live[data-state="live"]').waitFor();
  let written = 0;
  const writeSome = async () => {
    for (let i = 0; i < 10; i++, written++) {
      await write(broker, "orders", `n=${written};`, `?partition=${written % 3}`);
    }
  };
  await writeSome();
  await newestHas(console, "n=9;");
  // The network goes, and comes back.
  link.cut();
  await page.locator('.live[data-state="waiting"]').waitFor();
  await writeSome();
  link.mend();
  await writeSome();
  await console.rows.filter({ hasText: "n=29;" }).waitFor();
  // The broker goes, and comes back on the same ports.
  await broker.restart();
  await writeSome();
  await console.rows.filter({ hasText: "n=39;" }).waitFor({ timeout: 15_000 });
  await page.locator('.live[data-state="live"]').waitFor();
  const shown = await console.rows.allInnerTexts();
  const numbers = shown.map((text) => Number(/n=(\d+);/.exec(text)?.[1])).sort((a, b) => a - b);
  deepEqual(numbers, Array.from({ length: written }, (_, i) => i));
  console.check();
});

testNeeding(
  needs,
  "Console: a search finds words and fields in the whole topic, and says how far it is",
  async () => {
    await using broker = await startMilena();
    await create(broker, "orders", 3);
    for (let round = 0; round < 10; round++) {
      await writeMany(
        broker,
        "orders",
        Array.from(
          { length: 500 },
          (_, i) => ({ key: `k${i}`, value: { n: round * 500 + i, word: i === 77 ? "needle" : "hay" } }),
        ),
      );
    }
    await using browser = await ConsoleBrowser.launch();
    await using console = await browser.open(originOf(broker), {
      hash: "#/topics/orders",
      expected: [...expected, /400/],
    });
    const { page } = console;
    await console.rows.first().waitFor();
    const search = async (words: string) => {
      await console.press("/");
      await page.getByLabel("Search", { exact: true }).fill(words);
      await console.press("Enter");
    };
    await search("needle");
    await page.getByText("10 found in 5,000 records").waitFor();
    equal(await console.rows.count(), 10);
    await search("value.n >= 4998");
    await page.getByText("2 found in 5,000 records").waitFor();
    await newestHas(console, "4999");
    await search("nowhere to be found");
    await page.getByText("Nothing found").waitFor();
    // What the broker refuses is shown in its words.
    await search("value.n = 3");
    await page.getByText(/equal is ==/).waitFor();
    // Back to what is newest.
    await console.press("Escape");
    await newestHas(console, "hay");
    console.check();
  },
);

testNeeding(needs, "Console: one jumps to an offset and to a time, and reads on from there", async () => {
  await using broker = await startMilena();
  await create(broker, "orders", 1);
  const noon = Date.parse("2024-05-06T12:00:00Z");
  await writeMany(
    broker,
    "orders",
    Array.from(
      { length: 600 },
      (_, i) => ({ value: `n=${i};`, value_format: "text", timestamp: noon + i * 1000 }),
    ),
  );
  await using browser = await ConsoleBrowser.launch();
  await using console = await browser.open(originOf(broker), {
    hash: "#/topics/orders?from=offset&offset=123",
    expected,
  });
  const { page } = console;
  await newestHas(console, "n=123;");
  await page.locator(".virtual-list").press("End");
  await console.rows.filter({ hasText: "n=222;" }).waitFor();
  await page.getByLabel("Where to begin").selectOption("time");
  const at = await page.evaluate((ms) => {
    const date = new Date(ms);
    return new Date(ms - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
  }, noon + 300_000);
  await page.getByLabel("Time", { exact: true }).fill(at);
  await page.getByLabel("Time", { exact: true }).blur();
  await newestHas(console, "n=300;");
  await page.getByLabel("Where to begin").selectOption("oldest");
  await newestHas(console, "n=0;");
  // The newest first, back to the very first.
  await page.getByLabel("Where to begin").selectOption("newest");
  await newestHas(console, "n=599;");
  for (let i = 0; i < 20 && await console.rows.filter({ hasText: "n=0;" }).count() === 0; i++) {
    await page.locator(".virtual-list").press("End");
    await page.waitForTimeout(50);
  }
  equal(await console.rows.filter({ hasText: "n=0;" }).count(), 1);
  console.check();
});

testNeeding(
  needs,
  "Console: a topic is created, grown, set and deleted, and an error says what to do",
  async () => {
    await using broker = await startMilena();
    await using browser = await ConsoleBrowser.launch();
    await using console = await browser.open(originOf(broker), {
      expected: [...expected, /status of (400|404|422)/],
    });
    const { page } = console;
    await page.getByText("No topics yet").waitFor();
    match(await page.locator(".command code").first().innerText(), new RegExp(originOf(broker)));
    const dialog = page.locator("dialog");
    await console.press("c");
    await dialog.getByLabel("Name").fill("no such name!");
    await dialog.getByRole("button", { name: "Create" }).click();
    await dialog.locator(".error").waitFor();
    await dialog.getByLabel("Name").fill("payments");
    await dialog.getByLabel("Partitions").fill("2");
    await dialog.getByLabel("Keep records").selectOption({ label: "30 days" });
    await dialog.getByRole("button", { name: "Create" }).click();
    await page.getByText("2 partitions").waitFor();
    await page.getByText("kept 30 d").waitFor();
    await page.getByRole("button", { name: "Add partitions" }).click();
    await dialog.getByRole("button", { name: "Add" }).click();
    await page.getByText("3 partitions").waitFor();
    await page.getByRole("link", { name: "Settings" }).click();
    await page.getByRole("button", { name: "Change max.message.bytes" }).click();
    await dialog.getByLabel("Value").fill("-7");
    await dialog.getByRole("button", { name: "Change" }).click();
    await dialog.locator(".error").waitFor();
    await dialog.getByLabel("Value").fill("2000000");
    await dialog.getByRole("button", { name: "Change" }).click();
    await page.locator("tr", { hasText: "max.message.bytes" }).getByText("2000000").waitFor();
    await page.getByRole("button", { name: "Delete", exact: true }).click();
    const confirm = dialog.getByRole("button", { name: "Delete for ever" });
    await dialog.getByLabel("Type").fill("payment");
    equal(await confirm.isDisabled(), true);
    await dialog.getByLabel("Type").fill("payments");
    await confirm.click();
    await page.getByText("No topics yet").waitFor();
    deepEqual(await (await fetch(`${originOf(broker)}/topics`)).json(), []);
    console.check();
  },
);

testNeeding(
  [...needs, program("kcat"), routes("/v3/clusters/{cluster_id}/consumer-groups/{group}/lags")],
  "Console: a consumer group shows how far behind it is, and leads to what it has not read",
  async () => {
    await using broker = await startMilena();
    await create(broker, "orders", 1);
    await writeMany(broker, "orders", Array.from({ length: 30 }, (_, i) => ({ value: { n: i } })));
    const kcat = new Deno.Command("kcat", {
      args: [
        "-b",
        broker.bootstrap,
        "-G",
        "billing",
        "-X",
        "auto.offset.reset=earliest",
        "-c",
        "12",
        "-q",
        "orders",
      ],
      stdout: "null",
      stderr: "piped",
    });
    const { success, stderr } = await kcat.output();
    ok(success, new TextDecoder().decode(stderr));
    await using browser = await ConsoleBrowser.launch();
    await using console = await browser.open(originOf(broker), { hash: "#/groups", expected });
    const { page } = console;
    await page.getByRole("link", { name: "billing" }).click();
    const lag = page.getByRole("table", { name: "Partitions" });
    await lag.waitFor();
    const committed = Number(await lag.locator("tbody td").nth(2).innerText());
    equal(await lag.locator("tbody td").nth(4).innerText(), String(30 - committed));
    await page.locator(".chart path.line").waitFor({ state: "attached" });
    await console.screenshot("group-desktop-light");
    if (committed < 30) {
      await lag.getByRole("link", { name: "orders" }).click();
      await newestHas(console, `{"n":${committed}}`);
    }
    console.check();
  },
);

testNeeding(needs, "Console: everything can be reached by keyboard alone", async () => {
  await using broker = await startMilena();
  await create(broker, "alpha", 1);
  await create(broker, "beta", 1);
  for (let i = 0; i < 5; i++) await write(broker, "beta", `n=${i};`);
  await using browser = await ConsoleBrowser.launch();
  await using console = await browser.open(originOf(broker), { expected });
  const { page } = console;
  await page.getByRole("link", { name: "beta" }).waitFor();
  await console.press("j", "j", "Enter");
  await newestHas(console, "n=4;");
  await console.press("j", "j");
  await console.detail.getByText("n=2;").waitFor();
  await console.press("k");
  await console.detail.getByText("n=3;").waitFor();
  await console.press("n");
  await console.detail.getByText("n=4;").waitFor();
  await console.press("p");
  await page.keyboard.type("by keyboard");
  await console.press("Control+Enter");
  await newestHas(console, "by keyboard");
  await console.press("]");
  await page.getByRole("table", { name: "Partitions" }).waitFor();
  await console.press("]");
  await page.getByText("Set for this topic").waitFor();
  await console.press("?");
  await page.locator("dialog").getByText("go to the consumer groups").waitFor();
  await console.press("Escape");
  await page.locator("dialog").waitFor({ state: "detached" });
  await console.press("g", "g");
  await page.getByText("No consumer groups yet").waitFor();
  await console.press("g", "b");
  await page.getByRole("heading", { name: "Broker" }).waitFor();
  await console.press("g", "t", "/");
  await page.getByRole("link", { name: "beta" }).waitFor();
  await page.keyboard.type("alp");
  await page.getByRole("link", { name: "beta" }).waitFor({ state: "detached" });
  await console.press("Enter");
  await page.getByText("No messages yet").waitFor();
  await console.press("Escape");
  await page.getByRole("heading", { name: "Topics" }).waitFor();
  const background = () => page.evaluate("getComputedStyle(document.body).backgroundColor");
  const before = await background();
  await console.press("D");
  ok(await background() !== before);
  await page.reload();
  ok(await background() !== before, "it is remembered");
  console.check();
});

testNeeding(needs, "Console: markup in a record is shown as text, and never run", async () => {
  await using broker = await startMilena();
  const hostile = `<img src=x onerror="document.title='run'"><script>document.title='run'</script>`;
  await write(
    broker,
    "orders",
    hostile,
    `?key=${encodeURIComponent(hostile)}&header.h=${encodeURIComponent(hostile)}`,
  );
  await using browser = await ConsoleBrowser.launch();
  await using console = await browser.open(originOf(broker), { hash: "#/topics/orders", expected });
  await newestHas(console, "onerror");
  await console.detail.getByText("onerror").first().waitFor();
  equal(await console.page.locator("img, main script").count(), 0);
  equal(await console.page.title(), "orders · Milena");
  console.check();
});

testNeeding(needs, "Console: every page is drawn in both themes and at a phone's width", async () => {
  await using broker = await startMilena();
  await create(broker, "orders", 3);
  await create(broker, "dead-letters", 1);
  await writeMany(
    broker,
    "orders",
    Array.from({ length: 200 }, (_, i) => ({
      key: `customer-${i % 17}`,
      headers: [{ key: "trace", value: `0000-${i}` }],
      value: {
        id: i,
        total: i * 1.25,
        currency: "EUR",
        lines: [{ item: "fountain pen", quantity: 1 }],
        note: null,
      },
    })),
  );
  const pages = {
    topics: "#/topics",
    messages: "#/topics/orders",
    search: "#/topics/orders?search=customer-7",
    partitions: "#/topics/orders/partitions",
    settings: "#/topics/orders/settings",
    empty: "#/topics/dead-letters",
    groups: "#/groups",
    broker: "#/broker",
  };
  await using browser = await ConsoleBrowser.launch();
  for (const theme of ["light", "dark"] as const) {
    for (const viewport of [undefined, { width: 390, height: 844 }]) {
      await using console = await browser.open(originOf(broker), {
        theme,
        expected,
        ...(viewport === undefined ? {} : { viewport }),
      });
      for (const [name, hash] of Object.entries(pages)) {
        await console.goTo(hash);
        await console.page.locator("main .quiet", { hasText: "Loading…" }).waitFor({ state: "detached" });
        await console.page.waitForTimeout(150);
        // Nothing is wider than the window.
        const overflow = await console.page.evaluate("document.documentElement.scrollWidth - innerWidth");
        equal(overflow, 0, `${name} is ${overflow} pixels too wide at ${viewport?.width ?? 1280}`);
        await console.screenshot(`${name}-${viewport === undefined ? "desktop" : "phone"}-${theme}`);
      }
      console.check();
    }
  }
});
