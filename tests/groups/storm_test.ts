import { targetOfThisFile } from "../support/target.ts";
import { SeededRandom, testSeed } from "../support/random.ts";
import { runStorm, stormSettings } from "./storm.ts";

const target = targetOfThisFile({ settings: stormSettings });

for (const protocol of ["classic", "consumer"] as const) {
  Deno.test(`a ${protocol} group settles, every partition owned once, when members came and went at random`, async () => {
    const seed = testSeed();
    const [host, port] = target.bootstrap.split(":") as [string, string];
    try {
      await runStorm({
        host,
        port: Number(port),
        protocol,
        memberCount: 30,
        partitionCount: 64,
        stormMs: 4000,
        settleWithinMs: 20_000,
        random: new SeededRandom(seed),
      });
    } catch (error) {
      console.error(`seed ${seed}`);
      throw error;
    }
  });
}
