import {SERVICES} from './host-definitions.ts';
import type {Route, SimpleRequest, SimpleResponse} from './http-proxy.ts';
import {createUnaryClient, type UnaryClient} from './unary-client.ts';
import type {HandleRoute} from './upgrade-proxy.ts';
import type {VmClient} from './vm-client.ts';

/** An HTTP handler of the plugin. */
export type PluginHandler = Route & {
  /** As in `/rpc`. */
  readonly prefix: string;
  /** `host:port` of a gRPC server of `http.HTTP`. */
  readonly address: string;
};

export type PluginRoutes = {
  readonly handlers: readonly PluginHandler[];
  /** Address that NewHTTPHandler answered; empty for none. */
  readonly headerRouteAddress: string;
  /** Routes by full path. */
  routes(chainPath: string): ReadonlyMap<string, Route>;
  close(): void;
};

function handlerOf(prefix: string, address: string, client: UnaryClient): PluginHandler {
  return {
    prefix,
    address,
    async handleSimple(request: SimpleRequest, signal: AbortSignal) {
      const answer = await client.call('HandleSimple', request, {signal});
      return answer as SimpleResponse;
    },
    async handle(request, signal) {
      const answer = await client.call('Handle', request, {signal});
      return answer as Awaited<ReturnType<HandleRoute>>;
    },
  };
}

/** Asks the plugin for its HTTP handlers, as a node does after Initialize. */
export async function openPluginRoutes(vm: VmClient): Promise<PluginRoutes> {
  const {handlers: found} = await vm.call('CreateHandlers', {});
  const {serverAddr} = await vm.call('NewHTTPHandler', {});
  const clients = found.map((handler) => createUnaryClient(handler.serverAddr, SERVICES.http));
  const handlers = found.flatMap(({prefix, serverAddr: address}, index) => {
    const client = clients[index];
    return client === undefined ? [] : [handlerOf(prefix, address, client)];
  });
  return {
    handlers,
    headerRouteAddress: serverAddr,
    routes: (chainPath) =>
      new Map(handlers.map((handler) => [`${chainPath}${handler.prefix}`, handler])),
    close() {
      for (const client of clients) client.close();
    },
  };
}
