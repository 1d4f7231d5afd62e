/** The real AWS: the clients, each loaded when it is first called, so that the connection opens meanwhile. */
import type { Aws } from "./aws.ts";
import { createTransport } from "./transport.ts";

/**
 * AWS as it is reached from here. One HTTP client serves all calls, so that a connection opened beforehand is used; it alone honours
 * HTTPS_PROXY and NO_PROXY and names the DNS or TLS reason. `caCerts` are PEM texts that are trusted besides; `version` is that of this program.
 */
export function aws(caCerts: readonly string[], version: string): Aws {
  const transport = createTransport(caCerts, version);
  let warming: Promise<void> | undefined;
  return {
    warmUp: (endpoint, signal) => warming ??= transport.warmUp(endpoint, signal),
    async rehearse(endpoint) {
      await (await import("./sts.ts")).rehearse(transport, endpoint);
    },
    reach: transport.reach,
    clockOffset: transport.clockOffset,
    async getSessionToken(target, request, signal) {
      return await (await import("./sts.ts")).getSessionToken(transport, target, request, signal);
    },
    async assumeRole(target, request, signal) {
      return await (await import("./sts.ts")).assumeRole(transport, target, request, signal);
    },
    async getCallerIdentity(target, signal) {
      return await (await import("./sts.ts")).getCallerIdentity(transport, target, signal);
    },
    async listMfaDevices(target, signal, userName) {
      return await (await import("./iam.ts")).listMfaDevices(transport, target, signal, userName);
    },
    async accessKeyCreatedAtMs(target, signal) {
      return await (await import("./iam.ts")).accessKeyCreatedAtMs(transport, target, signal);
    },
    async roleMaximum(target, roleArn, signal) {
      return await (await import("./iam.ts")).roleMaximum(transport, target, roleArn, signal);
    },
    async getUser(target, userName, signal) {
      return await (await import("./iam_mfa.ts")).getUser(transport, target, userName, signal);
    },
    async createVirtualMfaDevice(target, name, signal) {
      return await (await import("./iam_mfa.ts")).createVirtualMfaDevice(transport, target, name, signal);
    },
    async enableMfaDevice(target, request, signal) {
      await (await import("./iam_mfa.ts")).enableMfaDevice(transport, target, request, signal);
    },
    async resyncMfaDevice(target, request, signal) {
      await (await import("./iam_mfa.ts")).resyncMfaDevice(transport, target, request, signal);
    },
    async deactivateMfaDevice(target, device, signal) {
      await (await import("./iam_mfa.ts")).deactivateMfaDevice(transport, target, device, signal);
    },
    async deleteVirtualMfaDevice(target, serial, signal) {
      await (await import("./iam_mfa.ts")).deleteVirtualMfaDevice(transport, target, serial, signal);
    },
    async listVirtualMfaDevices(target, signal, which) {
      return await (await import("./iam_mfa.ts")).listVirtualMfaDevices(transport, target, signal, which);
    },
    async deniedActions(target, request, signal) {
      return await (await import("./iam_mfa.ts")).deniedActions(transport, target, request, signal);
    },
  };
}
