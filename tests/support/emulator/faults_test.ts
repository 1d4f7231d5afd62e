import { CreateVirtualMFADeviceCommand } from "@aws-sdk/client-iam";
import { GetCallerIdentityCommand, GetSessionTokenCommand } from "@aws-sdk/client-sts";
import assert from "node:assert/strict";
import { startEmulator } from "./emulator.ts";
import { assertRefused, clientsFor, mfaOf } from "./sdk_client.ts";
import { alice, seed } from "./seed.ts";

const whoAmI = () => new GetCallerIdentityCommand();

Deno.test("faults meet the action and the number of calls they name, no others", async () => {
  await using emulator = await startEmulator(seed);
  const { sts } = clientsFor(emulator, alice);
  emulator.faults.add({ kind: "throttle", action: "GetCallerIdentity", times: 2, skip: 1 });
  await sts.send(whoAmI());
  await sts.send(new GetSessionTokenCommand());
  await assertRefused(sts.send(whoAmI()), "Throttling", "Rate exceeded");
  await assertRefused(sts.send(whoAmI()), "Throttling", "Rate exceeded");
  await sts.send(whoAmI());
  emulator.faults.add({ kind: "unavailable", times: "always" });
  await assertRefused(sts.send(whoAmI()), "ServiceUnavailable", /temporary failure/);
  await assertRefused(sts.send(new GetSessionTokenCommand()), "ServiceUnavailable", /temporary failure/);
  emulator.faults.clear();
  await sts.send(whoAmI());
  emulator.faults.add({ kind: "error", status: 403, code: "AccessDenied", message: "no" });
  await assertRefused(sts.send(whoAmI()), "AccessDenied", "no");
  assert.deepEqual(emulator.calls.map(({ status }) => status), [200, 200, 400, 400, 200, 503, 503, 200, 403]);
});

Deno.test("a lost answer leaves the work done, a fault before the work leaves the code unspent", async () => {
  await using emulator = await startEmulator(seed);
  const { sts, iam } = clientsFor(emulator, alice);
  const mfa = mfaOf(emulator, alice);
  emulator.faults.add({ kind: "unavailable", when: "before" });
  await assertRefused(sts.send(new GetSessionTokenCommand(mfa)), "ServiceUnavailable", /./);
  emulator.faults.add({ kind: "reset", when: "after", action: "GetSessionToken", times: "always" });
  await assert.rejects(sts.send(new GetSessionTokenCommand(mfa)));
  emulator.faults.clear();
  await assertRefused(sts.send(new GetSessionTokenCommand(mfa)), "AccessDenied", /invalid MFA one time pass code/);
  emulator.faults.add({ kind: "unavailable", when: "after" });
  const create = () => iam.send(new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: "lost" }));
  await assertRefused(create(), "ServiceUnavailable", /./);
  await assertRefused(create(), "EntityAlreadyExists", /already exists/);
});

Deno.test("garbage, noise, silence and latency reach the client", async () => {
  await using emulator = await startEmulator(seed);
  const { sts } = clientsFor(emulator, alice);
  emulator.faults.add({ kind: "garbage" });
  await assert.rejects(sts.send(whoAmI()));
  emulator.faults.add({ kind: "noise", times: 2 });
  await assert.rejects(fetch(emulator.url, { redirect: "manual" }));
  emulator.faults.clear();
  emulator.faults.add({ kind: "silence", action: "HEAD" });
  await assert.rejects(
    fetch(emulator.url, { method: "HEAD", redirect: "manual", signal: AbortSignal.timeout(100) }),
    { name: "TimeoutError" },
  );
  emulator.faults.add({ kind: "latency", ms: 60 });
  const start = performance.now();
  await sts.send(whoAmI());
  // Timers may fire a fraction of a millisecond early.
  assert.ok(performance.now() - start >= 59);
});

Deno.test("stop() ends an emulator in the middle of a silence and of a latency", async () => {
  const emulator = await startEmulator(seed);
  emulator.faults.add({ kind: "silence", action: "HEAD" });
  emulator.faults.add({ kind: "latency", ms: 3_600_000, action: "GET" });
  const waiting = ["HEAD", "GET"].map((method) =>
    fetch(emulator.url, { method, redirect: "manual" }).then((response) => response.body?.cancel(), () => {})
  );
  while (emulator.connections() < 2) await new Promise((resolve) => setTimeout(resolve, 5));
  await emulator.stop();
  await Promise.all(waiting);
});
