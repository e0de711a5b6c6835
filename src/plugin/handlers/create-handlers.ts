import openRpc from '../../../docs/openrpc.json' with {type: 'json'};
import {createApi} from '../api/json-rpc.ts';
import {reportHealth} from '../health.ts';
import {createHttpRouter, type HttpRouter} from '../http-router.ts';
import type {CreateHandlersResponse, Empty, Unary} from '../messages.ts';
import type {PluginVm} from '../plugin-vm.ts';
import type {RunningChain} from '../running-chain.ts';

const encoder = new TextEncoder();

const NO_UPGRADE = {
  status: 426,
  body: encoder.encode('{"problem":"events are told over WebSocket: ask for an upgrade"}'),
};

function createRouter(vm: PluginVm, running: RunningChain): HttpRouter {
  const api = createApi(running);
  return createHttpRouter({
    '/rpc': {methods: ['POST'], answer: (body) => api.handle(body)},
    '/ws': {
      methods: ['GET'],
      answer: async () => NO_UPGRADE,
      upgrade: (request) => running.events.upgrade(request),
    },
    '/openrpc.json': {
      methods: ['GET', 'HEAD'],
      answer: async () => ({status: 200, body: encoder.encode(JSON.stringify(openRpc))}),
    },
    '/health': {
      methods: ['GET', 'HEAD'],
      async answer() {
        const {isHealthy, details} = reportHealth(vm);
        return {status: isHealthy ? 200 : 503, body: encoder.encode(JSON.stringify(details))};
      },
    },
  });
}

/** `VM.CreateHandlers`: all paths on one server. Asked twice, the answer is the same. */
export function createHandlers(vm: PluginVm): Unary<Empty, CreateHandlersResponse> {
  return async () => {
    const running = vm.requireRunning();
    const serverAddr = await vm.serveHttp(() => createRouter(vm, running));
    return {
      handlers: [
        {prefix: '/rpc', serverAddr},
        {prefix: '/ws', serverAddr},
        {prefix: '/rpc/openrpc.json', serverAddr},
        {prefix: '/health', serverAddr},
      ],
    };
  };
}
