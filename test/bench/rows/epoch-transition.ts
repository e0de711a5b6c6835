import {openBlock} from '../../../src/vm/open-block.ts';
import {getEpochState, putEpochState} from '../../../src/vm/state/singletons.ts';
import {StateView} from '../../../src/vm/state/view.ts';
import {type Bench, median, ms, type Row} from '../row.ts';
import {populated} from '../state.ts';

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

export const epochTransition: Bench = {
  name: 'epoch transition',
  async run() {
    const hundred = transitions(100);
    return [
      {nodes: 100, limitMs: 50},
      {nodes: 1000, limitMs: 50},
      {nodes: 10_000, limitMs: 500},
    ].map(({nodes, limitMs}): Row => {
      const took = transitions(nodes);
      return {
        name: `epoch transition with root, ${nodes} nodes`,
        figure: ms(took),
        limit: `${ms(hundred)} at 100 nodes`,
        ratio: took / hundred,
        target: `≤ ${limitMs} ms`,
        met: took <= limitMs,
      };
    });
  },
};
