/** This machine's clock beside AWS's: signatures are corrected, but ykman's codes are of this machine's time. */
import { clockFailure, clockToleranceSeconds } from "../refusals.ts";
import { atMostWarning, brokenBy, type Finding, ok, warning } from "./finding.ts";
import type { Answer } from "./sts.ts";

const name = "clock";

export function checkClock(answers: readonly Answer[], codesAreNeeded: boolean): readonly Finding[] {
  const offsets = answers.flatMap(({ clockOffset }) => clockOffset ?? []);
  if (offsets.length === 0) {
    return [warning(name, "not compared with AWS's, which gave no answer", "when there is a network: aws-use doctor")];
  }
  const worst = offsets.reduce((worst, offset) => Math.abs(offset) > Math.abs(worst) ? offset : worst);
  if (Math.abs(worst) <= clockToleranceSeconds) {
    return [ok(name, worst === 0 ? "agrees with AWS's" : `${Math.abs(worst)} s from AWS's, which does no harm`)];
  }
  const finding = brokenBy(name, clockFailure(worst, "aws-use doctor"));
  return [codesAreNeeded ? finding : atMostWarning(finding)];
}
