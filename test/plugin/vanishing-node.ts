import process from 'node:process';
import {startPluginSession} from '../../src/devnet/host/plugin-session.ts';
import {CHAIN, PLUGIN, quietGenesis} from './harness.ts';

// A node as a process of its own, to be killed: prints the plugin's process id and goes on for ever.
const session = await startPluginSession({
  plugin: PLUGIN,
  dataDir: '/nonexistent',
  ...CHAIN,
  genesisBytes: quietGenesis(),
});
await session.vm.call('Version', {});
process.stdout.write(`${session.process.pid}\n`);
