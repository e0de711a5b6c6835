import {check} from '../errors.ts';
import type {ChainStep} from '../stage.ts';

const WRONG = '99';
const LOG_TIMEOUT_MS = 20_000;

/** A plugin that is told a number that the node does not speak says what to set, in one line. */
export const wrongProtocol: ChainStep = {
  name: 'a wrong protocol number gives one line that says what to set',
  async run({network}) {
    const node = await network.addNode('wrong-protocol', {env: {GRPC_SESSIONVM_PROTOCOL: WRONG}});
    await node.start();
    const advice = `set GRPC_SESSIONVM_PROTOCOL=${network.protocol} in the node's environment`;
    await node.waitForLogLine(advice, LOG_TIMEOUT_MS);
    await node.stop();
    const log = await node.readLog();
    const lines = log.split('\n').filter((line) => line.includes('sessionvm:'));
    check(lines.length === 1, 'one line of the plugin', {found: lines.length});
    check(log.includes(`the node refused protocol ${WRONG}`), 'the number that was refused');
    return advice;
  },
};
