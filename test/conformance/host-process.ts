import process from 'node:process';
import {sha256} from '../../src/crypto/hash.ts';
import {initCrypto} from '../../src/crypto/init.ts';
import {VM_STATE} from '../../src/devnet/host/vm-messages.ts';
import {startHost} from '../../src/devnet/host.ts';
import {bytesToHex, hexToBytes} from '../../src/protocol/bytes.ts';
import {CHAIN} from '../plugin/harness.ts';
import {PROGRAM} from './harness.ts';
import {linesOf} from './lines.ts';

/**
 * A node as a process of its own, to be killed: `host-process.ts DATA_DIR GENESIS_HEX DELAY_MS`.
 * Says `ready PID BLOCK_HEX` with the last accepted block, then takes blocks in hex, one a line, and
 * says `verified` and `accepted` for each. Accept batches are up to DELAY_MS late.
 */
const [dataDir = '', genesisHex = '', delay = '0'] = process.argv.slice(2);
await initCrypto();
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const host = await startHost({
  plugin: PROGRAM,
  ...CHAIN,
  dataDir,
  genesisBytes: hexToBytes(genesisHex),
  stage: 'initialized',
});
host.database.setFaults((method) =>
  method === 'WriteBatch' ? {delayMs: Math.random() * Number(delay)} : undefined,
);
await host.vm.call('SetState', {state: VM_STATE.normalOp});
const waiting = host.vm.call('WaitForEvent', {});
waiting.catch(() => undefined);
say(`ready ${host.session.process.pid} ${bytesToHex(host.head?.bytes ?? new Uint8Array())}`);
const lines = linesOf(process.stdin);
for (let line = await lines.next(); line !== undefined; line = await lines.next()) {
  const bytes = hexToBytes(line);
  await host.vm.call('BlockVerify', {bytes});
  say('verified');
  await host.vm.call('BlockAccept', {id: sha256(bytes)});
  say('accepted');
}
await host.stop();
