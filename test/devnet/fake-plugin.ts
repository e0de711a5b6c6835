import {createHash} from 'node:crypto';
import process from 'node:process';
import {Server, ServerCredentials, status, type UntypedServiceImplementation} from '@grpc/grpc-js';
import {SERVICES} from '../../src/devnet/host/host-definitions.ts';
import {createUnaryClient, type UnaryClient} from '../../src/devnet/host/unary-client.ts';
import {addUnaryService, type UnaryHandler} from '../../src/devnet/host/unary-service.ts';

/**
 * A plugin with the smallest chain there is, for tests of the host: each POST to `/rpc` makes one
 * block, whose bytes are parent id and height. Started with settings in GRPC_ variables.
 */
const {env} = process;
const engine = env['AVALANCHE_VM_RUNTIME_ENGINE_ADDR'] ?? env['LUX_VM_RUNTIME_ENGINE_ADDR'] ?? '';
const protocolVersion = Number(env['GRPC_FAKE_PROTOCOL'] ?? env['GRPC_SESSIONVM_PROTOCOL'] ?? 45);

type Block = {
  readonly id: Buffer;
  readonly parentId: Buffer;
  readonly bytes: Buffer;
  height: number;
};

const LAST = Buffer.from('last');
const timestamp = {seconds: '1800000000', nanos: 0};
const verified = new Map<string, Block>();
let database: UnaryClient | undefined;
let sender: UnaryClient | undefined;
let last = parse(Buffer.alloc(36));
let pending = 0;
let wake: (() => void)[] = [];
let isShutDown = false;

function parse(bytes: Buffer): Block {
  const id = createHash('sha256').update(bytes).digest();
  return {id, parentId: bytes.subarray(0, 32), bytes, height: bytes.readUInt32BE(32)};
}
const answer = (block: Block) => ({...block, height: String(block.height), timestamp});
const head = () => ({
  lastAcceptedId: last.id,
  lastAcceptedParentId: last.parentId,
  height: String(last.height),
  bytes: last.bytes,
  timestamp,
});

async function listen(register: (server: Server) => void): Promise<string> {
  const server = new Server();
  register(server);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  return `127.0.0.1:${port}`;
}

const http = await listen((server) => {
  addUnaryService(server, SERVICES.http, {
    Handle: () => ({}),
    HandleSimple: ((request: {body: Buffer; responseHeaders: object[]; url: string}) => {
      if (request.body.toString() === 'fail') throw new Error('handler failed');
      pending++;
      for (const waiter of wake) waiter();
      wake = [];
      const values = [request.url];
      return {
        code: 201,
        headers: [...request.responseHeaders, {key: 'X-Url', values}],
        body: request.body,
      };
    }) as UnaryHandler,
  });
});

const handlers: Record<string, UnaryHandler> = {
  async Initialize(request: {dbServerAddr: string; serverAddr: string}) {
    database = createUnaryClient(request.dbServerAddr, SERVICES.database);
    sender = createUnaryClient(request.serverAddr, SERVICES.appSender);
    const stored = (await database.call('Get', {key: LAST})) as {value: Buffer; err: number};
    if (stored.err === 0) last = parse(stored.value);
    return head();
  },
  SetState: () => head(),
  Shutdown() {
    isShutDown = true;
    return {};
  },
  CreateHandlers: () => ({handlers: [{prefix: '/rpc', serverAddr: http}]}),
  NewHTTPHandler: () => ({serverAddr: ''}),
  async WaitForEvent(_request: object, {signal}) {
    if (pending === 0) {
      await new Promise<void>((resolve, reject) => {
        wake.push(resolve);
        signal.addEventListener('abort', () => reject(new Error('cancelled')));
      });
    }
    return {message: 1};
  },
  Connected: () => ({}),
  BuildBlock() {
    if (pending === 0) throw new Error('nothing to build');
    const bytes = Buffer.concat([last.id, Buffer.alloc(4)]);
    bytes.writeUInt32BE(last.height + 1, 32);
    return answer(parse(bytes));
  },
  BlockVerify({bytes}: {bytes: Buffer}) {
    const block = parse(bytes);
    verified.set(block.id.toString('hex'), block);
    return {timestamp};
  },
  SetPreference: () => ({}),
  async BlockAccept({id}: {id: Buffer}) {
    const block = verified.get(id.toString('hex'));
    if (block === undefined) throw new Error('unknown block');
    await database?.call('WriteBatch', {puts: [{key: LAST, value: block.bytes}]});
    last = block;
    pending--;
    return {};
  },
  Disconnected: () => ({}),
  // A gossip `ask X` sends X back as a request; its answer or failure shows up as gossip again.
  async AppRequest(message: {nodeId: Buffer; requestId: number; request: Buffer}) {
    const {nodeId, requestId, request} = message;
    if (request.toString() === 'silence') return {};
    await sender?.call('SendAppResponse', {nodeId, requestId, response: request});
    return {};
  },
  async AppResponse({nodeId, response}: {nodeId: Buffer; response: Buffer}) {
    await sender?.call('SendAppGossip', {nodeIds: [nodeId], msg: response});
    return {};
  },
  async AppRequestFailed({nodeId, errorMessage}: {nodeId: Buffer; errorMessage: string}) {
    await sender?.call('SendAppGossip', {nodeIds: [nodeId], msg: Buffer.from(errorMessage)});
    return {};
  },
  async AppGossip({nodeId, msg}: {nodeId: Buffer; msg: Buffer}) {
    const text = msg.toString();
    if (text.startsWith('ask ')) {
      const request = Buffer.from(text.slice(4));
      await sender?.call('SendAppRequest', {nodeIds: [nodeId], requestId: 7, request});
    } else if (text === 'echo') {
      await sender?.call('SendAppGossip', {nodeIds: [nodeId], peers: '3', msg});
    }
    return {};
  },
  Version: () => ({version: 'fake/1'}),
  Health: () => ({details: Buffer.from('{}')}),
  StateSyncEnabled: () => ({enabled: false, err: 3}),
};

const refuse: UnaryHandler = () => {
  throw Object.assign(new Error('not in the fake'), {code: status.UNIMPLEMENTED});
};
const address = await listen((server) => {
  const all: UntypedServiceImplementation | Record<string, UnaryHandler> = Object.fromEntries(
    Object.keys(SERVICES.vm).map((name) => [name, handlers[name] ?? refuse]),
  );
  addUnaryService(server, SERVICES.vm, all as Record<string, UnaryHandler>);
});

process.on('SIGTERM', () => isShutDown && process.exit(0));
if (env['GRPC_FAKE_SILENT'] === undefined) {
  const runtime = createUnaryClient(engine, SERVICES.runtime);
  try {
    await runtime.call('Initialize', {protocolVersion, addr: address});
  } catch {
    process.stderr.write('handshake refused\n');
    process.exit(1);
  }
  runtime.close();
}
process.stdout.write(`environment ${Object.keys(env).sort().join(' ')}\n`);
