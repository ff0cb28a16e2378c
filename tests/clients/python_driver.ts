/**
 * The drivers in Python beside this file.
 * @module
 */
import { fileURLToPath } from "node:url";
import { JsonDriver } from "../support/json_driver.ts";
import type { PythonEnvironment } from "../support/python_environment.ts";

/** Starts `script`, a file of this directory. */
export function pythonDriver(name: string, { python }: PythonEnvironment, script: string): JsonDriver {
  const args = [fileURLToPath(new URL(script, import.meta.url))];
  return new JsonDriver(name, { program: python, args, environment: { PYTHONDONTWRITEBYTECODE: "1" } });
}
