import { Failure } from "../errors.ts";
import { isRoleArn } from "./arn.ts";
import { checkedDuration, parseDuration, roleDefault, roleMaximum } from "./duration.ts";
import { type Profile, setting } from "./profile.ts";
import { isRoleSessionName } from "./role_session_name.ts";
import { parseTagKeys, parseTags, type Tag } from "./session_tags.ts";
import { shellWord } from "./shell_word.ts";
import { quoted } from "./text.ts";

/** The parameters of one AssumeRole, named as STS names them. */
export interface Role {
  readonly profile: string;
  readonly roleArn: string;
  readonly roleSessionName: string;
  readonly durationSeconds: number;
  readonly externalId?: string;
  readonly sourceIdentity?: string;
  readonly tags: readonly Tag[];
  readonly transitiveTagKeys: readonly string[];
  /** Inline session policy, JSON text. */
  readonly policy?: string;
  readonly policyArns: readonly string[];
}

/**
 * The role that `profile` assumes; `defaultName` is its role session name where the profile has none.
 *
 * Throws Failure "config" for a value that STS would not take.
 */
export function roleOf(profile: Profile, defaultName: string): Role {
  const roleArn = setting(profile, "role_arn") ?? "";
  if (!isRoleArn(roleArn)) {
    throw wrong(profile, "role_arn", roleArn, "the ARN of a role", "arn:aws:iam::123456789012:role/NAME");
  }
  const externalId = setting(profile, "external_id");
  const sourceIdentity = nameSetting(profile, "source_identity");
  return {
    profile: profile.name,
    roleArn,
    roleSessionName: nameSetting(profile, "role_session_name") ?? defaultName,
    durationSeconds: durationSetting(profile, roleMaximum) ?? roleDefault,
    ...(externalId === undefined ? {} : { externalId }),
    ...(sourceIdentity === undefined ? {} : { sourceIdentity }),
    tags: listSetting(profile, "session_tags", parseTags, "key=value,key=value"),
    transitiveTagKeys: listSetting(profile, "transitive_session_tags", parseTagKeys, "key,key"),
    policyArns: [],
  };
}

/**
 * One more role, assumed from the command line with the credentials of `profile`. Only the role session name is the
 * profile's: external id and tags are agreed on with another role.
 *
 * Throws Failure "usage" for what is no ARN of a role.
 */
export function addedRole(profile: Profile, roleArn: string, defaultName: string): Role {
  if (!isRoleArn(roleArn)) {
    throw new Failure("usage", `--role-arn is ${quoted(roleArn)}, which is not the ARN of a role`, {
      hint: "write it like: --role-arn arn:aws:iam::123456789012:role/NAME",
    });
  }
  return {
    profile: profile.name,
    roleArn,
    roleSessionName: nameSetting(profile, "role_session_name") ?? defaultName,
    durationSeconds: roleDefault,
    tags: [],
    transitiveTagKeys: [],
    policyArns: [],
  };
}

/**
 * The `duration_seconds` of the profile, in seconds; `undefined` where it has none.
 *
 * Throws Failure "config" for what is no duration or is beyond AWS's limits.
 */
export function durationSetting(profile: Profile, maximum: number): number | undefined {
  const text = setting(profile, "duration_seconds");
  if (text === undefined) return undefined;
  const seconds = parseDuration(text);
  if (seconds === undefined) throw wrong(profile, "duration_seconds", text, "a duration", "3600");
  return checkedDuration(seconds, maximum, {
    where: `duration_seconds of profile ${quoted(profile.name)}`,
    kind: "config",
    change: (limit) => setCommand(profile, "duration_seconds", `${limit}`),
  });
}

function nameSetting(profile: Profile, key: string): string | undefined {
  const name = setting(profile, key);
  if (name === undefined || isRoleSessionName(name)) return name;
  throw wrong(profile, key, name, "a name of 2 to 64 letters, digits and +=,.@_-", "NAME");
}

function listSetting<T>(
  profile: Profile,
  key: string,
  parse: (text: string) => readonly T[] | undefined,
  form: string,
): readonly T[] {
  const text = setting(profile, key);
  if (text === undefined) return [];
  const list = parse(text);
  if (list === undefined) throw wrong(profile, key, text, "a list of tags that AWS takes", form);
  return list;
}

function wrong(profile: Profile, key: string, value: string, wanted: string, example: string): Failure {
  return new Failure("config", `${key} of profile ${quoted(profile.name)} is ${quoted(value)}, and not ${wanted}`, {
    hint: `set it with: ${setCommand(profile, key, example)}`,
  });
}

function setCommand({ name }: Profile, key: string, value: string): string {
  return `aws configure set ${key} ${value} --profile ${shellWord(name)}`;
}
