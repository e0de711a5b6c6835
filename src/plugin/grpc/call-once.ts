import {connect, type IncomingHttpHeaders} from 'node:http2';

/** How a gRPC call ended: 0 is success, `text` what the other side said. */
export type CallStatus = {readonly code: number; readonly text: string};

export type Call = {
  /** host:port */
  readonly address: string;
  /** `/package.Service/Method` */
  readonly path: string;
  readonly request: Uint8Array;
  readonly timeoutMs: number;
};

const UNKNOWN = 2;
export const UNAVAILABLE = 14;
const FRAME_HEADER_BYTES = 5;

/** One message of a gRPC stream: not compressed, its length, its bytes. */
function frame(message: Uint8Array): Buffer {
  const framed = Buffer.alloc(FRAME_HEADER_BYTES + message.length);
  framed.writeUInt32BE(message.length, 1);
  framed.set(message, FRAME_HEADER_BYTES);
  return framed;
}

/** `grpc-message` is percent-encoded; what is not is shown as it came. */
function decodeMessage(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The status is in the trailers, or in the headers of an answer that has nothing else. */
function statusOf(headers: IncomingHttpHeaders): CallStatus {
  const {':status': httpStatus, 'grpc-status': code, 'grpc-message': message = ''} = headers;
  if (httpStatus === undefined) return {code: UNAVAILABLE, text: 'the connection ended'};
  if (code === undefined) return {code: UNKNOWN, text: `HTTP status ${httpStatus}, not of gRPC`};
  return {code: Number(code), text: decodeMessage(String(message))};
}

/**
 * One unary call over a connection of its own, its answer's bytes dropped. By Node's HTTP/2 alone:
 * grpc-js takes longer to load than the rest of the handshake, and the node counts from the start of the process.
 * Rejects when there is no connection, or it breaks; undefined when there was no answer in time.
 */
export async function callOnce(call: Call): Promise<CallStatus | undefined> {
  const {address, path, request, timeoutMs} = call;
  const {promise, resolve, reject} = Promise.withResolvers<CallStatus | undefined>();
  const session = connect(`http://${address}`);
  const timer = setTimeout(() => resolve(undefined), timeoutMs);
  session.on('error', reject);
  const stream = session.request({
    ':method': 'POST',
    ':path': path,
    'content-type': 'application/grpc',
    te: 'trailers',
  });
  let last: IncomingHttpHeaders = {};
  stream.on('response', (headers) => {
    last = headers;
  });
  stream.on('trailers', (trailers) => {
    last = {...last, ...trailers};
  });
  // Of a connection that never stood the stream hears first, and says only that it was cancelled.
  stream.on('error', (error) => reject(error.cause ?? error));
  stream.on('close', () => resolve(statusOf(last)));
  stream.resume();
  stream.end(frame(request));
  return promise.finally(() => {
    clearTimeout(timer);
    session.destroy();
  });
}
