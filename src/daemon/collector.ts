import {setFlagsFromString} from 'node:v8';

/** How much may come to what lives before all of it is looked through, in percent. */
const GROWTH_PERCENT = 200;

/**
 * Collects the whole heap more seldom. PERF: a node makes many short-lived arrays outside of V8's heap, which
 * takes that for growth and looks through everything about once a second: a third of the node's work.
 */
export function collectSeldom(): void {
  setFlagsFromString(`--heap-growing-percent=${GROWTH_PERCENT}`);
}
