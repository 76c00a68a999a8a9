/**
 * Properties try the same cases in each run, so that a run says what has changed since the last one. `npm run properties` and
 * `npm run rents` draw others each time.
 */
import fc from "fast-check";

if (process.env.CTO_PROPERTIES !== "random") fc.configureGlobal({ seed: 14 });

export default fc;
