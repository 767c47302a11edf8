import { describeNets } from "./nets-suite.ts";

describeNets("train");
