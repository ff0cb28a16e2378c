import assert from "node:assert/strict";
import { SeededRandom, testSeed } from "../../../tests/support/random.ts";
import type { MemberProtocol } from "./classic_member.ts";
import { ProtocolVotes } from "./protocol_votes.ts";

interface Voter {
  readonly protocols: readonly MemberProtocol[];
}

function voter(...names: readonly string[]): Voter {
  return { protocols: names.map((name) => ({ name, metadata: new Uint8Array(0) })) };
}

function chosenBy(...voters: readonly Voter[]): string | undefined {
  const votes = new ProtocolVotes();
  for (const each of voters) votes.add(each);
  return votes.choose(voters, voters.length);
}

Deno.test("ProtocolVotes.choose takes what most prefer of what all support", () => {
  assert.equal(chosenBy(voter("range")), "range");
  assert.equal(
    chosenBy(voter("range", "sticky"), voter("sticky", "range"), voter("sticky", "range")),
    "sticky",
  );
  // What only some support gets no votes, however much they like it.
  assert.equal(chosenBy(voter("mine", "range"), voter("mine", "range"), voter("range")), "range");
  assert.equal(chosenBy(voter("a"), voter("b")), undefined);
});

Deno.test("ProtocolVotes counts a protocol once that a member names twice", () => {
  const votes = new ProtocolVotes();
  const twice = voter("range", "range");
  votes.add(twice);
  assert.ok(votes.isSupported(voter("range").protocols, 1));
  votes.add(voter("sticky"));
  assert.ok(!votes.isSupported(voter("range").protocols, 2));
  votes.remove(twice);
  assert.ok(votes.isSupported(voter("sticky").protocols, 1));
});

Deno.test("ProtocolVotes agrees with a count of all members, whoever comes and goes", () => {
  const seed = testSeed();
  const random = new SeededRandom(seed);
  const names = ["a", "b", "c", "d"];
  const votes = new ProtocolVotes();
  const voters: Voter[] = [];
  for (let step = 0; step < 3000; step++) {
    if (voters.length > 0 && random.below(2) === 0) {
      votes.remove(voters.splice(random.below(voters.length), 1)[0]!);
    } else {
      const some = voter(...Array.from({ length: 1 + random.below(4) }, () => random.pick(names)));
      votes.add(some);
      voters.push(some);
    }
    const supportedByAll = names.filter((name) =>
      voters.every(({ protocols }) => protocols.some((protocol) => protocol.name === name))
    );
    for (const name of names) {
      const expected = supportedByAll.includes(name);
      assert.equal(votes.isSupported(voter(name).protocols, voters.length), expected, `seed ${seed}`);
    }
    const ballots = voters.map(({ protocols }) =>
      protocols.find(({ name }) => supportedByAll.includes(name))?.name
    );
    const count = (name: string | undefined) => ballots.filter((ballot) => ballot === name).length;
    const chosen = votes.choose(voters, voters.length);
    if (voters.length === 0 || supportedByAll.length === 0) assert.equal(chosen, undefined, `seed ${seed}`);
    else assert.equal(count(chosen), Math.max(...supportedByAll.map(count)), `seed ${seed}`);
  }
});
