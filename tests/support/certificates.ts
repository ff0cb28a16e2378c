/**
 * Certificates for tests, made by openssl: an authority, and what it signs. Elliptic keys, since those are made at once.
 * @module
 */
import { join } from "node:path";
import { program, type Requirement } from "./requirement.ts";
import { runCommand } from "./run_command.ts";

export const openssl: Requirement = program("openssl");

/** PEM. */
export interface Certified {
  readonly cert: string;
  /** PKCS #8. */
  readonly key: string;
}

const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];

/** An authority of its own, with its files in a temporary directory. */
export class Authority implements AsyncDisposable {
  readonly #directory: string;
  #count = 0;

  /** PEM. */
  readonly cert: string;

  static async create(name = "Milena's tests"): Promise<Authority> {
    const directory = await Deno.makeTempDir({ prefix: "milena-ca-" });
    await runCommand("openssl", [
      ...["req", "-x509", ...newKey, "-subj", `/CN=${name}`, "-days", "2"],
      ...["-keyout", join(directory, "ca.key"), "-out", join(directory, "ca.pem")],
    ]);
    return new Authority(directory, await Deno.readTextFile(join(directory, "ca.pem")));
  }

  private constructor(directory: string, cert: string) {
    this.#directory = directory;
    this.cert = cert;
  }

  /** Where its certificate lies. */
  get certPath(): string {
    return join(this.#directory, "ca.pem");
  }

  /** `alternativeNames`: "DNS:localhost,IP:127.0.0.1"; none for a client. `days`: how long it is valid. */
  async sign(name: string, alternativeNames: string | undefined, days = 1): Promise<Certified> {
    const path = join(this.#directory, String(this.#count++));
    const authority = ["-CA", join(this.#directory, "ca.pem"), "-CAkey", join(this.#directory, "ca.key")];
    await runCommand("openssl", [
      ...["req", ...newKey, "-subj", `/CN=${name}`, "-keyout", `${path}.key`, "-out", `${path}.csr`],
    ]);
    await Deno.writeTextFile(
      `${path}.ext`,
      `basicConstraints=CA:FALSE\n${
        alternativeNames === undefined ? "" : `subjectAltName=${alternativeNames}\n`
      }`,
    );
    await runCommand("openssl", [
      ...["x509", "-req", "-in", `${path}.csr`, ...authority, "-set_serial", String(this.#count)],
      ...["-days", String(days), "-extfile", `${path}.ext`, "-out", `${path}.pem`],
    ]);
    return { cert: await Deno.readTextFile(`${path}.pem`), key: await Deno.readTextFile(`${path}.key`) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.#directory, { recursive: true });
  }
}
