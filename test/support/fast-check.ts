/**
 * Sets a fixed seed for the property tests, so that each run tries the same cases and a new failure means a change of the code.
 * `npm run properties` and `npm run rents` draw new cases each time.
 */
import fc from "fast-check";

if (process.env.CTO_PROPERTIES !== "random") fc.configureGlobal({ seed: 14 });

export default fc;
