/**
 * Which web pages may do what: the origins that `http.cors.allowed.origins` names, and whether anything but this machine
 * can honestly be meant by a request.
 * @module
 */
export interface OriginRulesOptions {
  /** http.cors.allowed.origins: origins, or "*". Default: none. */
  readonly allowed?: readonly string[];
  /** All listeners are loopback addresses: nobody on another machine gets here. Default false. */
  readonly isLocalOnly?: boolean;
}

export class OriginRules {
  readonly #allowed: ReadonlySet<string>;
  readonly #isLocalOnly: boolean;

  constructor(options: OriginRulesOptions = {}) {
    this.#allowed = new Set(options.allowed);
    this.#isLocalOnly = options.isLocalOnly ?? false;
  }

  /** No page of another origin may do anything. */
  get allowNone(): boolean {
    return this.#allowed.size === 0;
  }

  allows(origin: string): boolean {
    return this.#allowed.has("*") || this.#allowed.has(origin);
  }

  /**
   * Whether a page can honestly have come from `host` (without its port). A name that is not this machine's, on a broker
   * that only this machine reaches, is one that its owner has pointed here (DNS rebinding). Where other machines reach the
   * broker it can't be told: any name may be what its users call it.
   */
  isOwnHost(host: string): boolean {
    if (!this.#isLocalOnly) return true;
    return host === "localhost" || host.endsWith(".localhost") || host.startsWith("[") ||
      /^[0-9]+(\.[0-9]+){3}$/.test(host);
  }
}

export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || host.startsWith("127.");
}
