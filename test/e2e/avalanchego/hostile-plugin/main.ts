import process from 'node:process';
import {readEngine} from '../../../../src/plugin/engine.ts';
import {addHealthService} from '../../../../src/plugin/grpc/health.ts';
import {openListener} from '../../../../src/plugin/grpc/listener.ts';
import {createGrpcPorts} from '../../../../src/plugin/grpc/ports.ts';
import {serveGrpc} from '../../../../src/plugin/grpc/server.ts';
import {addVmService} from '../../../../src/plugin/grpc/vm-service.ts';
import {createVmMethods} from '../../../../src/plugin/handlers/table.ts';
import {shakeHands} from '../../../../src/plugin/handshake.ts';
import {Lifecycle} from '../../../../src/plugin/lifecycle.ts';
import {createLogger, logFailure} from '../../../../src/plugin/logger.ts';
import {PluginVm} from '../../../../src/plugin/plugin-vm.ts';
import {findProtocolNumber} from '../../../../src/plugin/protocol-number.ts';
import {ignoreSignals, watchStreams} from '../../../../src/plugin/signals.ts';
import {Attack} from './attack.ts';
import {hostileMethods} from './hostile-methods.ts';

/*
 * A plugin that serves its own node well, so that the node takes part in consensus, and does all the
 * harm it can to the others. For the end-to-end run; a node starts it as it starts ours.
 */
ignoreSignals();
const now = (): bigint => BigInt(Date.now());
const logger = createLogger(process.stderr, now);
const engine = readEngine(process.env);
const protocol = await findProtocolNumber(process.env, engine, process.ppid);

const lifecycle = new Lifecycle({
  exit: (code) => process.exit(code),
  parentPid: () => process.ppid,
  isHostAlive: async () => false,
  log: (reason) => logger.warn('the node is gone', {reason}),
});
watchStreams(lifecycle);

const attack = new Attack();
const ports = createGrpcPorts({logger, now, lifecycle, onDatabase: () => undefined});
const vm = new PluginVm({
  ...ports,
  openMessenger(address) {
    const messenger = ports.openMessenger(address);
    attack.begin(messenger);
    return messenger;
  },
});
const methods = hostileMethods(createVmMethods(vm), attack);
const server = serveGrpc(await openListener(lifecycle), (grpc) => {
  addVmService(grpc, methods, (method, error) => logFailure(logger, method, error));
  addHealthService(grpc);
});
await shakeHands({engineAddress: engine.address, protocol, vmAddress: server.address});
