import { randomBytes } from "node:crypto";
import { newAccessKeyId, newSecret, type Session, type World } from "./world.ts";
import { isoSeconds, type XmlValue } from "./xml.ts";

type Wanted =
  & Pick<Session, "account" | "user" | "role" | "mfaAt" | "policy" | "sourceIdentity">
  & Partial<Pick<Session, "policyArns" | "tags" | "transitiveTagKeys">>
  & { readonly durationSeconds: number };

/** Temporary credentials, known to `world` from now on. */
export function issueSession(world: World, { durationSeconds, ...wanted }: Wanted): Session {
  const issuedAt = world.now();
  const session: Session = {
    policyArns: [],
    tags: {},
    transitiveTagKeys: [],
    ...wanted,
    accessKeyId: newAccessKeyId("ASIA"),
    secret: newSecret(),
    // As long as AWS's, because length is what breaks limits of environments and terminals.
    token: `IQoJb3JpZ2luX2Vj${randomBytes(480).toString("base64")}`,
    issuedAt,
    // Whole seconds, because the answer tells no less.
    expiresAt: Math.floor(issuedAt / 1000) * 1000 + durationSeconds * 1000,
  };
  world.sessions.push(session);
  return session;
}

/** The Credentials element of an answer. */
export function sessionAnswer(session: Session): XmlValue {
  return {
    AccessKeyId: session.accessKeyId,
    SecretAccessKey: session.secret,
    SessionToken: session.token,
    Expiration: isoSeconds(session.expiresAt),
  };
}
