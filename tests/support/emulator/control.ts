import type { Emulator } from "./emulator.ts";
import type { Fault } from "./faults.ts";
import { headerOf, type HttpRequest, type HttpResponse } from "./http_server.ts";
import type { Settings, Trust } from "./world.ts";

/** What `POST /_control` takes; every part is optional, and the answer always has the whole state. */
export interface Control {
  readonly clearCalls?: boolean;
  readonly clearFaults?: boolean;
  readonly faults?: readonly Fault[];
  readonly clockOffsetSeconds?: number;
  readonly settings?: Partial<Settings>;
  /** Ends all temporary credentials. */
  readonly expireSessions?: boolean;
  /** Changes users and roles that exist, in every account that has the name. */
  readonly users?: Readonly<Record<string, { deny?: string[]; forceMfa?: boolean; keyStatus?: "Active" | "Inactive" }>>;
  readonly roles?: Readonly<Record<string, { trust?: Partial<Trust>; maxSessionDurationSeconds?: number }>>;
}

/** Answers a control request, which must bear `token`; undefined for any other request. */
export function answerControl(emulator: Emulator, token: string, request: HttpRequest): HttpResponse | undefined {
  if (request.target !== "/_control") return undefined;
  if (request.method !== "POST" || headerOf(request, "authorization") !== `Bearer ${token}`) {
    return { status: 403, headers: {}, body: "" };
  }
  try {
    applyControl(emulator, JSON.parse(new TextDecoder().decode(request.body) || "{}"));
  } catch (error) {
    return json(400, { error: String(error) });
  }
  return json(200, {
    calls: emulator.calls,
    connections: emulator.connections(),
    now: emulator.world.now(),
    settings: emulator.world.settings,
    devices: emulator.world.devices.map(({ serial, user, kind }) => ({ serial, user, kind })),
  });
}

function applyControl({ calls, faults, world, setClockOffset }: Emulator, control: Control): void {
  if (control.clearCalls) calls.length = 0;
  if (control.clearFaults) faults.clear();
  control.faults?.forEach((fault) => faults.add(fault));
  if (control.clockOffsetSeconds !== undefined) setClockOffset(control.clockOffsetSeconds);
  Object.assign(world.settings, control.settings);
  if (control.expireSessions) world.sessions.forEach((session) => session.expiresAt = world.now());
  for (const user of world.users) {
    const { keyStatus, ...change } = control.users?.[user.name] ?? {};
    Object.assign(user, change);
    if (keyStatus !== undefined) user.keys.forEach((key) => key.status = keyStatus);
  }
  for (const role of world.roles) {
    const { trust, ...change } = control.roles?.[role.name] ?? {};
    Object.assign(role, change);
    Object.assign(role.trust, trust);
  }
}

function json(status: number, value: unknown): HttpResponse {
  return { status, headers: { "Content-Type": "application/json" }, body: JSON.stringify(value) };
}
