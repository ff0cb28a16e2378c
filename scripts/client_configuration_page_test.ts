import { equal } from "node:assert/strict";
import { clientConfigurationPage, clientConfigurationPath } from "./client_configuration_page.ts";

Deno.test("docs/client-configuration.md is what the tables of keys say (deno task docs writes it)", async () => {
  equal(await Deno.readTextFile(clientConfigurationPath), clientConfigurationPage());
});
