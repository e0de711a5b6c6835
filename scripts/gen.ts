import {globSync, mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import protobuf from 'protobufjs';
import {openRpcText} from './openrpc.ts';

/**
 * `npm run gen`: all of proto/ as one JSON descriptor, which proto-loader reads without a .proto
 * at run time; and the OpenRPC document of the API. The same sources give the same bytes; CI runs
 * it again and compares.
 */
const protoDir = join(import.meta.dirname, '..', 'proto');
const files = globSync('**/*.proto', {cwd: protoDir}).sort();
if (files.length === 0) throw new Error(`no .proto file in ${protoDir}`);

const root = new protobuf.Root();
root.resolvePath = (_origin, target) =>
  target.startsWith(protoDir) ? target : join(protoDir, target);
root.loadSync(files, {keepCase: false});
root.resolveAll();

const target = join(protoDir, 'gen', 'descriptor.json');
mkdirSync(join(protoDir, 'gen'), {recursive: true});
writeFileSync(target, `${JSON.stringify(root.toJSON({keepComments: false}))}\n`);
console.log(`${files.length} files → ${target}`);

const document = join(import.meta.dirname, '..', 'docs', 'openrpc.json');
writeFileSync(document, openRpcText());
console.log(`the API → ${document}`);
