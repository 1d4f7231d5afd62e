import type { ActionCall } from "./action.ts";
import { noSuchEntity, validationError } from "./aws_error.ts";
import { integer, type Params, text, validate } from "./params.ts";
import { findUser, type User } from "./world.ts";
import type { XmlValue } from "./xml.ts";

/** IAM's constraint on names of users, roles and virtual MFA devices. */
export const namePattern = "[\\w+=,.@-]+";

export const userNameConstraint = { UserName: text({ min: 1, max: 128, pattern: namePattern }) };

/** The user a request is about: the one it names, else the caller. Throws AwsError NoSuchEntity or ValidationError. */
export function targetUser({ world, caller, params }: ActionCall): User {
  const name = targetUserName({ caller, params });
  const user = findUser(world, caller.account, name);
  if (user === undefined) throw noSuchEntity(`The user with name ${name} cannot be found.`);
  return user;
}

/** The same before it is known whether there is such a user: IAM decides on permission first. */
export function targetUserName({ caller, params }: Pick<ActionCall, "caller" | "params">): string {
  const name = params.get("UserName") ?? (caller.session?.role === undefined ? caller.user?.name : undefined);
  if (name === undefined) throw validationError("Must specify userName when calling with non-User credentials");
  return name;
}

/** A page of a list answer, as MaxItems and Marker want it. */
export function page(params: Params, name: string, items: readonly XmlValue[]): { readonly [name: string]: XmlValue } {
  validate(params, { MaxItems: integer({ min: 1, max: 1000 }), Marker: text({ min: 1, pattern: "\\d+" }) });
  const start = Number(params.get("Marker") ?? 0);
  const end = start + Number(params.get("MaxItems") ?? 100);
  const isTruncated = end < items.length;
  return { [name]: items.slice(start, end), IsTruncated: isTruncated, Marker: isTruncated ? String(end) : undefined };
}
