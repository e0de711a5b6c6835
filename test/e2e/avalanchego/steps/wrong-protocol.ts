import type {ChainStep} from '../stage.ts';

const LOG_TIMEOUT_MS = 20_000;

/** A plugin that is told a number that the node does not speak says what to set, in one line. */
export const wrongProtocol: ChainStep = {
  name: 'a wrong protocol number gives one line that says what to set',
  async run({network}) {
    const node = await network.addNode('wrong protocol', {env: {GRPC_SESSIONVM_PROTOCOL: '99'}});
    await node.start();
    const line = await node.waitForLogLine('set GRPC_SESSIONVM_PROTOCOL=', LOG_TIMEOUT_MS);
    await node.stop();
    return line.slice(Math.max(0, line.indexOf('sessionvm:'))).slice(0, 300);
  },
};
