import type {Command} from '../command.ts';
import {JSON_OPTION} from '../output.ts';

export const command: Command = {
  usage: 'devnet [--demo] [--nodes N] [--dir DIR] [--json]',
  help: `Starts a whole local network: a development host, the plugin as its child process, and service nodes,
each its own process. A tool for development: real chains run on avalanchego or luxd.

--demo     tells the story of one epoch, checks each sentence, and exits
--nodes N  service nodes, 16 unless said
--dir DIR  keeps everything there; a temporary folder unless said
--json     with the keys and URLs as JSON`,
  options: {
    ...JSON_OPTION,
    demo: {type: 'boolean'},
    nodes: {type: 'string'},
    dir: {type: 'string'},
  },
  positionals: [0, 0],
  async run(args, context) {
    const nodes = args.wholeNumber('nodes', {min: 1, fallback: 16});
    const init = {nodes, directory: args.text('dir'), isJson: args.flag('json')};
    const {out, signal} = context;
    if (args.flag('demo')) {
      const {runDemo} = await import('../../devnet/demo.ts');
      await runDemo(init, {out, signal});
      return;
    }
    const {runDevnet} = await import('../../devnet/devnet.ts');
    await runDevnet(init, {out, signal});
  },
};
