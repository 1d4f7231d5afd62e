import { contract } from "./contract.ts";
import { testContract } from "./run_contract.ts";

testContract("fish", contract);
