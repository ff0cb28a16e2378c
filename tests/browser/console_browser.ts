/**
 * A real Chromium at the console of a real broker.
 *
 * What must be true of every page in every test: no request to another origin, nothing that the page's security policy
 * forbids, no error in the browser's console but those that the test expects.
 * @module
 */
import { deepEqual } from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { apiRoutes } from "../../broker/http/app.ts";
import { program, type Requirement } from "../support/requirement.ts";

export const chromiumProgram = program("chromium");

/** The routes without which the console shows nothing; as long as one is not there, its tests have nothing to drive. */
export function routes(...paths: readonly string[]): Requirement {
  const missing = paths.filter((path) => !apiRoutes.some((route) => route.path === path));
  return {
    name: "routes",
    missing: missing.length === 0 ? undefined : `no route ${missing.join(", ")} yet`,
    // Once they are there, nothing leaves the test out.
    optional: true,
  };
}

export const screenshots = fileURLToPath(new URL("../../dist/screenshots/", import.meta.url));

export class ConsoleBrowser implements AsyncDisposable {
  readonly #browser: Browser;

  private constructor(browser: Browser) {
    this.#browser = browser;
  }

  static async launch(): Promise<ConsoleBrowser> {
    await Deno.mkdir(screenshots, { recursive: true });
    // As root, in a container, Chromium has no sandbox to use.
    return new ConsoleBrowser(
      await chromium.launch({ executablePath: pathOf("chromium"), args: ["--no-sandbox"] }),
    );
  }

  async open(origin: string, options: ConsoleOptions = {}): Promise<Console> {
    const context = await this.#browser.newContext({
      viewport: options.viewport ?? { width: 1280, height: 800 },
      colorScheme: options.theme ?? "light",
      deviceScaleFactor: options.viewport === undefined ? 1 : 2,
    });
    const console = new Console(context, await context.newPage(), origin, options.expected ?? []);
    await console.page.goto(`${origin}/${options.hash ?? ""}`);
    return console;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close();
  }
}

export interface ConsoleOptions {
  readonly hash?: string;
  readonly theme?: "light" | "dark";
  readonly viewport?: { readonly width: number; readonly height: number };
  /** Messages in the browser's console that belong to what the test does. */
  readonly expected?: readonly RegExp[];
}

export class Console implements AsyncDisposable {
  readonly page: Page;
  readonly #context: BrowserContext;
  readonly #complaints: string[] = [];

  constructor(context: BrowserContext, page: Page, origin: string, expected: readonly RegExp[]) {
    this.#context = context;
    this.page = page;
    page.on("request", (request) => {
      if (!request.url().startsWith(`${origin}/`)) this.#complaints.push(`a request to ${request.url()}`);
    });
    page.on("pageerror", (error) => this.#complaints.push(`an error: ${error.stack ?? error.message}`));
    page.on("console", (message) => {
      if (!["error", "warning"].includes(message.type())) return;
      const text = `${message.text()} (${message.location().url})`;
      if (!expected.some((pattern) => pattern.test(text))) this.#complaints.push(`the browser says: ${text}`);
    });
  }

  /** Types keys, one after the other, wherever the focus is. */
  async press(...keys: readonly string[]): Promise<void> {
    for (const key of keys) await this.page.keyboard.press(key);
  }

  async goTo(hash: string): Promise<void> {
    await this.page.evaluate(`location.hash = ${JSON.stringify(hash)}`);
  }

  /** The value of the record that is shown as a whole. */
  get detail() {
    return this.page.locator(".detail");
  }

  get rows() {
    return this.page.locator(".virtual-list .row");
  }

  async screenshot(name: string): Promise<void> {
    await this.page.screenshot({ path: `${screenshots}${name}.png` });
  }

  /** Throws if the page did what no page may. */
  check(): void {
    deepEqual(this.#complaints, []);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#context.close();
  }
}

function pathOf(name: string): string {
  for (const directory of (Deno.env.get("PATH") ?? "").split(":")) {
    try {
      if (Deno.statSync(`${directory}/${name}`).isFile) return `${directory}/${name}`;
    } catch {
      // Not in this directory.
    }
  }
  throw new Error(`no ${name} on PATH`);
}
