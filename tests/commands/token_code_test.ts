import assert from "node:assert/strict";
import { windowAt, windowOpensAtMs } from "../../src/core/totp_window.ts";
import { AwsError, notOfAws } from "../../src/world/aws.ts";
import { type CodeSources, codeToShow, withTokenCode } from "../../src/engine/token_code.ts";
import { Failure } from "../../src/errors.ts";
import { openCache } from "../../src/world/session_cache.ts";
import type { Processes } from "../../src/world/world.ts";
import { fakeChild, type FakeWorld, fakeWorld, type FakeWorldOptions } from "../support/fake_world.ts";

const serial = "arn:aws:iam::123456789012:mfa/alice";

/** Five seconds into a window. */
const startMs = windowOpensAtMs(58_123_456) + 5000;
const startWindow = windowAt(startMs);

/** A machine on which no program can be started: the code is typed then. */
const withoutPrograms: Processes = {
  spawn: () => {
    throw new Deno.errors.NotFound("there is no such program");
  },
  startTime: () => Promise.resolve(null),
  kill() {},
  running: () => Promise.resolve([]),
};

/** A device whose code is the number of its window, so that a code tells when it was asked for. */
function deviceIn(options: Partial<FakeWorldOptions> = {}): FakeWorld & { readonly asked: number[] } {
  const asked: number[] = [];
  const fake = fakeWorld({
    nowMs: startMs,
    spawn({ args }) {
      // What looks for the source of a code while a window is waited for.
      if (args[1] === "command -v authenticator >/dev/null") return fakeChild("");
      if (args.join(" ") === "oath accounts list") return fakeChild(`${serial}\n`);
      const window = windowAt(fake.clock.nowMs());
      asked.push(window);
      assert.deepEqual(args, ["-c", "authenticator"]);
      return fakeChild(`${codeOf(window)}\n`);
    },
    ...options,
  });
  return { ...fake, asked };
}

function codeOf(window: number): string {
  return String((window * 7919) % 1_000_000).padStart(6, "0");
}

async function sourcesIn({ world }: FakeWorld, more: Partial<CodeSources> = {}): Promise<CodeSources> {
  return {
    world,
    cache: await openCache(world),
    serial,
    profile: "admin",
    keysProfile: "default",
    mfaProcess: "authenticator",
    wishes: { again: "aws-use admin", noTouch: false },
    ...more,
  };
}

const translate = (error: AwsError) => new Failure("tryAgain", error.message, { hint: "later", cause: error });
const trouble = new AwsError("trouble", "ServiceUnavailable", "Busy", 503, "sts.amazonaws.com");

/** What `send` gets, one answer after the other. */
function answering(...answers: readonly (AwsError | "taken")[]) {
  const sent: string[] = [];
  const send = (code: string) => {
    sent.push(code);
    const answer = answers[sent.length - 1];
    return answer instanceof AwsError ? Promise.reject(answer) : Promise.resolve(answer);
  };
  return { sent, send };
}

Deno.test("withTokenCode() waits for the next window after a code was spent, and counts down each second", async () => {
  const fake = deviceIn();
  const { sent, send } = answering("taken", "taken");
  await withTokenCode(await sourcesIn(fake), send, translate);
  assert.equal(fake.clock.elapsedMs(), 0);
  await withTokenCode(await sourcesIn(fake), send, translate);
  assert.deepEqual(sent, [codeOf(startWindow), codeOf(startWindow + 1)]);
  assert.equal(fake.clock.nowMs(), windowOpensAtMs(startWindow + 1));
  const countdown = fake.seen.filter((line) => /spent/.test(line));
  assert.deepEqual(
    countdown,
    Array.from(
      { length: 25 },
      (_, index) => `the code of this 30 s window is spent; the next one comes in ${25 - index} s …`,
    ),
  );
});

Deno.test("withTokenCode() answers AWS's trouble with a fresh code of a later window, three times in all", async () => {
  const fake = deviceIn();
  const throttle = new AwsError("trouble", "Throttling", "Rate exceeded", 400, "sts.amazonaws.com");
  const { sent, send } = answering(trouble, throttle, "taken");
  assert.equal(await withTokenCode(await sourcesIn(fake), send, translate), "taken");
  assert.deepEqual(sent, [0, 1, 2].map((later) => codeOf(startWindow + later)));
  assert.deepEqual(fake.seen.filter((line) => /fresh code/.test(line)), [
    "aws-use: AWS answered 503 ServiceUnavailable (Busy); trying again with a fresh code",
    "aws-use: AWS answered 400 Throttling (Rate exceeded); trying again with a fresh code",
  ]);

  const never = answering(trouble, trouble, trouble, "taken");
  await assert.rejects(withTokenCode(await sourcesIn(fake), never.send, translate), { kind: "tryAgain" });
  assert.equal(never.sent.length, 3);
  assert.equal(new Set([...sent, ...never.sent]).size, 6);
});

Deno.test("withTokenCode() sends a given code once, whatever AWS answers", async () => {
  for (
    const [error, kind] of [
      [trouble, "tryAgain"],
      [new AwsError("unanswered", "timeout", "silent", null, "sts.amazonaws.com"), "tryAgain"],
      [
        new AwsError(
          "refused",
          "AccessDenied",
          "MultiFactorAuthentication failed with invalid MFA one time pass code.",
          403,
          "x",
        ),
        "denied",
      ],
    ] as const
  ) {
    const fake = deviceIn();
    const sources = await sourcesIn(fake, { wishes: { again: "aws-use admin", noTouch: false, tokenCode: "123456" } });
    const { sent, send } = answering(error, "taken");
    await assert.rejects(withTokenCode(sources, send, translate), { kind });
    const again = kind === "denied"
      ? {
        message: `AWS has refused this code of "${serial}" already, and it is not sent again`,
        hint: "give the code that it shows now: aws-use admin",
      }
      : {
        message: `this code of "${serial}" was used already, and AWS takes a code once`,
        hint: "wait 25 s for the next one, then: aws-use admin",
      };
    await assert.rejects(withTokenCode(sources, send, translate), { kind: "denied", ...again });
    assert.deepEqual(sent, ["123456"]);
    assert.deepEqual(fake.asked, []);
  }
});

Deno.test("withTokenCode() keeps a code that has not left this machine", async () => {
  const fake = deviceIn();
  const unreachable = new AwsError("unreachable", "refused", "connection refused", null, "sts.amazonaws.com");
  const { sent, send } = answering(unreachable, "taken");
  const sources = await sourcesIn(fake, { wishes: { again: "aws-use admin", noTouch: false, tokenCode: "123456" } });
  await assert.rejects(withTokenCode(sources, send, translate), { kind: "tryAgain" });
  assert.equal(await withTokenCode(sources, send, translate), "taken");
  assert.deepEqual(sent, ["123456", "123456"]);
});

Deno.test("withTokenCode() remembers a code before it is sent, so that a killed process has not sent it unseen", async () => {
  const fake = deviceIn();
  let remembered: readonly string[] = [];
  await withTokenCode(await sourcesIn(fake), () => {
    remembered = [...fake.files].filter(([path]) => path.startsWith("/cache/windows/")).map(([, text]) => text);
    return Promise.resolve();
  }, translate);
  assert.equal(remembered.length, 1);
  assert.match(remembered[0], new RegExp(`^${startWindow} ${serial}\n[0-9a-f]{16}\n$`));
  assert.doesNotMatch(remembered[0], new RegExp(codeOf(startWindow)));
});

Deno.test("withTokenCode() says of a refused code that it may be spent where no memory of codes can be kept", async () => {
  const device = deviceIn();
  const full = () => Promise.reject(new Error("No space left on device"));
  const world = { ...device.world, files: { ...device.world.files, replace: full } };
  const sources = await sourcesIn({ ...device, world });
  const refusal = new AwsError("refused", "AccessDenied", "MultiFactorAuthentication failed", 403, "sts.amazonaws.com");
  await assert.rejects(withTokenCode(sources, answering(refusal).send, translate), {
    kind: "denied",
    message:
      `AWS refuses the token code for "${serial}": it may have been used already, which the cache cannot remember`,
    hint: "wait 25 s for the next one, then: aws-use admin; see what is wrong with the cache: aws-use doctor",
  });
});

Deno.test("withTokenCode() does not wait for a memory of a time when the clock was wrong", async () => {
  const fake = deviceIn();
  const { send } = answering("taken", "taken");
  await withTokenCode(await sourcesIn(fake), send, translate);
  const [path] = [...fake.files.keys()].filter((name) => name.startsWith("/cache/windows/"));
  fake.files.set(path, `${startWindow + 100} ${serial}\n`);
  await withTokenCode(await sourcesIn(fake), send, translate);
  assert.equal(fake.clock.elapsedMs(), 0);
});

Deno.test("withTokenCode() asks nobody where nobody may be asked, but sends what was given", async () => {
  const fake = deviceIn();
  const { sent, send } = answering("taken");
  const silent = { again: "aws-use admin", noTouch: true };
  await assert.rejects(withTokenCode(await sourcesIn(fake, { wishes: silent }), send, translate), {
    kind: "tryAgain",
    message: `a code of "${serial}" is needed, and nobody may be asked now`,
    hint: "ask for it in a terminal: aws-use admin",
  });
  await withTokenCode(await sourcesIn(fake, { wishes: { ...silent, tokenCode: "123456" } }), send, translate);
  assert.deepEqual(sent, ["123456"]);
  assert.deepEqual(fake.asked, []);
});

Deno.test("withTokenCode() looks whether the key has the account while it waits for a window, and only then", async () => {
  const runs: string[] = [];
  const fake = fakeWorld({
    nowMs: startMs,
    spawn({ args }) {
      runs.push(args.slice(0, 3).join(" "));
      const code = codeOf(windowAt(fake.clock.nowMs()));
      return fakeChild(args[2] === "list" ? `${serial}\n` : `${serial}  ${code}\n`);
    },
  });
  const sources = async () => await sourcesIn({ ...fake }, { mfaProcess: undefined });
  const { sent, send } = answering("taken", "taken");
  await withTokenCode(await sources(), send, translate);
  assert.deepEqual(runs.splice(0), ["oath accounts code"]);
  await withTokenCode(await sources(), send, translate);
  assert.deepEqual(runs, ["oath accounts list", "oath accounts code"]);
  assert.deepEqual(sent, [codeOf(startWindow), codeOf(startWindow + 1)]);
});

Deno.test("withTokenCode() ends an mfa_process that takes longer than 120 s", async () => {
  const signals: string[] = [];
  const fake = deviceIn({ spawn: () => fakeChild(null, (signal) => signals.push(signal)) });
  await assert.rejects(withTokenCode(await sourcesIn(fake), answering("taken").send, translate), {
    kind: "unavailable",
    message: "mfa_process gave no code within 120 s",
    hint: "run it by hand; it stands in: grep -ns mfa_process " +
      "/home/tester/.aws/config /home/tester/.aws/credentials",
  });
  assert.equal(fake.clock.elapsedMs(), 120_000);
  assert.deepEqual(signals, ["SIGTERM"]);
});

Deno.test("withTokenCode() asks neither mfa_process nor the person before AWS has answered, and says so after a second", async () => {
  const fake = deviceIn();
  const answer = fake.clock.sleep(3000).then(() => 0);
  const slow = () => answer;
  await withTokenCode(await sourcesIn(fake, { clockOffset: slow }), answering("taken").send, translate);
  assert.deepEqual(fake.seen, [
    "waiting for an answer of AWS, for at most 8 s …",
    `aws-use: mfa_process gives the code of ${serial} for profile "admin", within 120 s`,
  ]);

  const down = new AwsError("unreachable", "dns", "the name cannot be resolved", null, "sts.amazonaws.com");
  const offline = await sourcesIn(fake, { clockOffset: () => Promise.reject(down) });
  const asked = fake.asked.length;
  await assert.rejects(withTokenCode(offline, answering("taken").send, translate), down);
  assert.equal(fake.asked.length, asked);
});

Deno.test("withTokenCode() counts down no longer once AWS is out of reach, or the clock is off for a key's codes", async () => {
  const down = new AwsError("unreachable", "dns", "the name cannot be resolved", null, "sts.amazonaws.com");
  for (const mfaProcess of ["authenticator", undefined]) {
    const fake = deviceIn();
    await withTokenCode(await sourcesIn(fake), answering("taken").send, translate);
    const check = fake.clock.sleep(1500).then(() => Promise.reject(down));
    const sources = await sourcesIn(fake, { mfaProcess, clockOffset: () => check });
    await assert.rejects(withTokenCode(sources, answering().send, translate), down);
    assert.equal(fake.clock.elapsedMs(), 1500);
  }

  const fake = deviceIn();
  await withTokenCode(await sourcesIn(fake), answering("taken").send, translate);
  const late = () => Promise.resolve(95);
  const ofKey = await sourcesIn(fake, { mfaProcess: undefined, clockOffset: late });
  await assert.rejects(withTokenCode(ofKey, answering().send, translate), { message: "clock is 95 s behind AWS" });
  assert.equal(fake.clock.elapsedMs(), 0);
  const { sent, send } = answering("taken");
  await withTokenCode(await sourcesIn(fake, { clockOffset: late }), send, translate);
  assert.deepEqual(sent, [codeOf(startWindow + 1)]);
});

const wrongCode = new AwsError(
  "refused",
  "AccessDenied",
  "MultiFactorAuthentication failed with invalid MFA one time pass code.",
  403,
  "sts.amazonaws.com",
);

Deno.test("withTokenCode() does not take the window for spent by a refused code that was given or typed, but its digits", async () => {
  for (const how of ["given", "typed"] as const) {
    const fake = deviceIn({ answers: ["123456", "123456"] });
    const byHand = await sourcesIn(
      how === "given" ? fake : { ...fake, world: { ...fake.world, processes: () => Promise.resolve(withoutPrograms) } },
      {
        mfaProcess: undefined,
        wishes: { again: "aws-use admin", noTouch: false, tokenCode: how === "given" ? "123456" : undefined },
      },
    );
    await assert.rejects(withTokenCode(byHand, answering(wrongCode).send, translate), { kind: "denied" });
    await assert.rejects(withTokenCode(byHand, answering().send, translate), /has refused this code/);
    const { sent, send } = answering("taken", "taken");
    await withTokenCode(await sourcesIn(fake), send, translate);
    assert.equal(fake.clock.elapsedMs(), 0);
    // Taken by AWS, it is spent.
    await withTokenCode(await sourcesIn(fake), send, translate);
    assert.deepEqual(sent, [codeOf(startWindow), codeOf(startWindow + 1)]);
  }
});

Deno.test("withTokenCode() takes the window for spent by a given code that AWS has taken, or may have", async () => {
  const silent = new AwsError("unanswered", "timeout", "silent", null, "sts.amazonaws.com");
  for (const outcome of ["taken", trouble, silent] as const) {
    const fake = deviceIn();
    const given = await sourcesIn(fake, { wishes: { again: "aws-use admin", noTouch: false, tokenCode: "123456" } });
    await withTokenCode(given, answering(outcome).send, translate).catch(() => {});
    const { sent, send } = answering("taken");
    await withTokenCode(await sourcesIn(fake), send, translate);
    assert.deepEqual(sent, [codeOf(startWindow + 1)]);
  }
});

Deno.test("withTokenCode() asks for another typed code after AWS's trouble", async () => {
  const fake = deviceIn({ answers: ["111111", "222222"], spawn: undefined });
  const { sent, send } = answering(trouble, "taken");
  const sources = await sourcesIn(fake, { mfaProcess: undefined });
  assert.equal(await withTokenCode(sources, send, translate), "taken");
  assert.deepEqual(sent, ["111111", "222222"]);
  assert.equal(fake.clock.nowMs(), windowOpensAtMs(startWindow + 1));
});

Deno.test("withTokenCode() asks for no second code after an answer that is none of AWS's", async () => {
  const fake = deviceIn();
  const { sent, send } = answering(new AwsError("trouble", "garbage", notOfAws, 200, "sts.amazonaws.com"), "taken");
  await assert.rejects(withTokenCode(await sourcesIn(fake), send, translate), { kind: "tryAgain" });
  assert.deepEqual(sent, [codeOf(startWindow)]);
  assert.equal(fake.asked.length, 1);
});

Deno.test("codeToShow() shows a code as often as one likes, and it counts as spent for calls of ours", async () => {
  const fake = deviceIn();
  const first = await codeToShow(await sourcesIn(fake));
  const again = await codeToShow(await sourcesIn(fake));
  assert.deepEqual([first.code, again.code], [codeOf(startWindow), codeOf(startWindow)]);
  assert.equal(fake.clock.elapsedMs(), 0);
  const { sent, send } = answering("taken");
  await withTokenCode(await sourcesIn(fake), send, translate);
  assert.deepEqual(sent, [codeOf(startWindow + 1)]);
});

Deno.test("codes of one device do not concern another one", async () => {
  const fake = deviceIn();
  const { sent, send } = answering("taken", "taken");
  await withTokenCode(await sourcesIn(fake), send, translate);
  await withTokenCode(await sourcesIn(fake, { serial: `${serial}2` }), send, translate);
  assert.deepEqual(sent, [codeOf(startWindow), codeOf(startWindow)]);
});
