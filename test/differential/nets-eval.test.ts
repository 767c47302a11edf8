import { describeNets } from "./nets-suite.ts";

describeNets("eval");
