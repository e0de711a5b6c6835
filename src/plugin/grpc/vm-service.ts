import type {Server, UntypedServiceImplementation} from '@grpc/grpc-js';
import type {VmMethods} from '../messages.ts';
import {serviceDefinition} from './definitions.ts';
import {type AnyUnary, type OnFailure, toGrpc} from './unary.ts';

/**
 * Registers `vm.VM`. The methods may come later than the first call: the node's patience for the
 * handshake is short, and loading the chain takes time.
 */
export function addVmService(
  server: Server,
  methods: Promise<VmMethods>,
  onFailure: OnFailure,
): void {
  const definition = serviceDefinition('vm.VM');
  let loaded: VmMethods | undefined;
  const load = methods.then((table) => {
    loaded = table;
    return table;
  });
  const implementation: UntypedServiceImplementation = {};
  for (const name of Object.keys(definition) as (keyof VmMethods)[]) {
    const find = (): AnyUnary | Promise<AnyUnary> =>
      loaded === undefined ? load.then((table) => table[name]) : loaded[name];
    implementation[name] = toGrpc(name, find, onFailure);
  }
  server.addService(definition, implementation);
}
