import { validationError } from "./aws_error.ts";

/** Parameters of a query-protocol request, by their full names (`Tags.member.1.Key`). */
export type Params = ReadonlyMap<string, string>;

/** What AWS's service model demands of one parameter. */
export interface Constraint {
  readonly type: "text" | "integer";
  readonly required?: boolean;
  /** Smallest and largest length of a text, or value of an integer. */
  readonly min?: number;
  readonly max?: number;
  /** Written as AWS writes it in the error text. */
  readonly pattern?: string;
}

export function text(constraint: Omit<Constraint, "type"> = {}): Constraint {
  return { type: "text", ...constraint };
}

export function integer(constraint: Omit<Constraint, "type"> = {}): Constraint {
  return { type: "integer", ...constraint };
}

/** Parameters of a form or a query string. A parameter given twice counts once, the last one. */
export function parseParams(form: string): Map<string, string> {
  return new Map(new URLSearchParams(form));
}

/** Throws AWS's ValidationError that names every parameter of `params` that breaks its constraint. */
export function validate(params: Params, constraints: Readonly<Record<string, Constraint>>): void {
  const complaints = Object.entries(constraints).flatMap(([name, constraint]) =>
    complaintsAbout(name, params.get(name), constraint)
  );
  if (complaints.length === 0) return;
  const count = complaints.length === 1 ? "1 validation error" : `${complaints.length} validation errors`;
  throw validationError(`${count} detected: ${complaints.join("; ")}`);
}

/** Throws AWS's ValidationError when the list `name` (as AWS spells it, `policyArns`) has more than `maximum` entries. */
export function validateCount(name: string, count: number, maximum: number): void {
  if (count <= maximum) return;
  throw validationError(
    `1 validation error detected: Value at '${name}' failed to satisfy constraint: Member must have length less than or ` +
      `equal to ${maximum}`,
  );
}

/** The entries of a list parameter in order, each with its own parameters; the key "" holds a plain value. */
export function memberList(params: Params, name: string): Params[] {
  const members = new Map<number, Map<string, string>>();
  const prefix = `${name}.member.`;
  for (const [key, value] of params) {
    if (!key.startsWith(prefix)) continue;
    const [index, ...rest] = key.slice(prefix.length).split(".");
    const member = members.get(Number(index)) ?? new Map<string, string>();
    members.set(Number(index), member.set(rest.join("."), value));
  }
  return [...members].sort(([left], [right]) => left - right).map(([, member]) => member);
}

/** The entries of a list of plain values. */
export function valueList(params: Params, name: string): string[] {
  return memberList(params, name).map((member) => member.get("") ?? "");
}

function complaintsAbout(name: string, value: string | undefined, constraint: Constraint): string[] {
  const at = `at '${name[0].toLowerCase()}${name.slice(1)}' failed to satisfy constraint: Member must`;
  if (value === undefined) return constraint.required ? [`Value null ${at} not be null`] : [];
  const complain = (demand: string) => `Value '${value}' ${at} ${demand}`;
  const isInteger = constraint.type === "integer";
  if (isInteger && !/^-?\d+$/.test(value)) return [complain("be a number")];
  const size = isInteger ? Number(value) : [...value].length;
  const measure = isInteger ? "value" : "length";
  const complaints: string[] = [];
  if (constraint.pattern !== undefined && !new RegExp(`^(?:${constraint.pattern})$`).test(value)) {
    complaints.push(complain(`satisfy regular expression pattern: ${constraint.pattern}`));
  }
  if (constraint.min !== undefined && size < constraint.min) {
    complaints.push(complain(`have ${measure} greater than or equal to ${constraint.min}`));
  }
  if (constraint.max !== undefined && size > constraint.max) {
    complaints.push(complain(`have ${measure} less than or equal to ${constraint.max}`));
  }
  return complaints;
}
