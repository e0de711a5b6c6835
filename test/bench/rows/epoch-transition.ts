import {openBlock} from '../../../src/vm/open-block.ts';
import {getEpochState, putEpochState} from '../../../src/vm/state/singletons.ts';
import {StateView} from '../../../src/vm/state/view.ts';
import {type Bench, median, ms, type Row} from '../row.ts';
import {populated} from '../state.ts';
import {WorkingChain} from '../working-chain.ts';

const EPOCHS = 7;

/** Everybody missed, so that every record changes: the dearest transition there is. */
function transitions(count: number): number {
  const {driver, map} = populated(count);
  let state = map;
  const times: number[] = [];
  for (let epoch = 1; epoch <= EPOCHS; epoch++) {
    const view = new StateView(state);
    const start = performance.now();
    openBlock(driver.config, view, {height: BigInt(epoch), timestamp: driver.inEpoch(epoch)});
    view.map.root();
    times.push(performance.now() - start);
    const closed = {answersClosed: true, answersAfter: 1n, roundABlocks: 9};
    putEpochState(view, {...getEpochState(view), ...closed});
    state = view.map;
  }
  return median(times.slice(1));
}

/** The first turns run code that is not compiled yet; a plugin has that behind it for good. */
const COLD_TURNS = 6;
const WORKED = 10;

/** Everybody committed, dissented here and there, answered and reported on all targets. */
function workedTransitions(count: number): number {
  const chain = new WorkingChain(count, WORKED);
  const times: number[] = [];
  for (let epoch = 1; epoch <= WORKED; epoch++) {
    times.push(chain.turn(epoch));
    chain.work(epoch);
  }
  return median(times.slice(COLD_TURNS));
}

const SIZES = [
  {nodes: 100, limitMs: 50},
  {nodes: 1000, limitMs: 50},
  {nodes: 10_000, limitMs: 500},
];

/** One row per size, beside the smallest. */
function rowsOf(name: string, measure: (nodes: number) => number): Row[] {
  const hundred = measure(100);
  return SIZES.map(({nodes, limitMs}): Row => {
    const took = measure(nodes);
    return {
      name: `${name}, ${nodes} nodes`,
      figure: ms(took),
      limit: `${ms(hundred)} at 100 nodes`,
      ratio: took / hundred,
      target: `≤ ${limitMs} ms`,
      met: took <= limitMs,
    };
  });
}

export const epochTransition: Bench = {
  name: 'epoch transition',
  async run() {
    return [
      ...rowsOf('epoch transition with root', transitions),
      ...rowsOf('the same after an epoch of all duties', workedTransitions),
    ];
  },
};
