import {
  isAwaitExpression,
  isCallExpression,
  isExportDeclaration,
  isForOfStatement,
  isIdentifier,
  isImportDeclaration,
  isImportTypeNode,
  isNoSubstitutionTemplateLiteral,
  isPropertyAccessExpression,
  isStringLiteral,
  ModifierFlags,
  type Node,
  type SourceFile,
  SyntaxKind,
} from 'typescript/unstable/ast';
import {createVirtualFileSystem, type FileSystem} from 'typescript/unstable/fs';
import {API} from 'typescript/unstable/sync';
import type {Import, Mention, ParsedSource} from './parsed-source.ts';
import type {Sources} from './sources.ts';

const TSCONFIG = JSON.stringify({
  compilerOptions: {noLib: true, noResolve: true, types: [], target: 'es2024', module: 'nodenext'},
  include: ['src'],
});

/** What is found on the way through one file. */
class Finds {
  readonly imports: Import[] = [];
  readonly mentions: Mention[] = [];
  readonly properties: {name: string; line: number}[] = [];
  readonly asyncLines: number[] = [];
  readonly #file: SourceFile;

  constructor(file: SourceFile) {
    this.#file = file;
  }

  lineOf(node: Node): number {
    const start = node.getStart(this.#file);
    return this.#file.getLineAndCharacterOfPosition(start).line + 1;
  }

  import(node: Node, specifier: Node | undefined, kind: Import['kind']): void {
    this.imports.push({specifier: textOf(specifier), kind, line: this.lineOf(node)});
  }
}

function textOf(node: Node | undefined): string | undefined {
  if (node === undefined) return undefined;
  return isStringLiteral(node) || isNoSubstitutionTemplateLiteral(node) ? node.text : undefined;
}

function isSame(a: Node | undefined, b: Node): boolean {
  return a !== undefined && a.pos === b.pos && a.end === b.end;
}

function findImports(node: Node, finds: Finds): void {
  if (isImportDeclaration(node)) {
    const isType = node.importClause?.phaseModifier === SyntaxKind.TypeKeyword;
    finds.import(node, node.moduleSpecifier, isType ? 'type' : 'static');
  } else if (isExportDeclaration(node) && node.moduleSpecifier !== undefined) {
    finds.import(node, node.moduleSpecifier, node.isTypeOnly ? 'type' : 'static');
  } else if (isImportTypeNode(node)) {
    // `import('x').T` wraps its string in a literal type node.
    const {literal} = node.argument as Node & {literal?: Node};
    finds.import(node, literal, 'type');
  } else if (isCallExpression(node) && node.expression.kind === SyntaxKind.ImportKeyword) {
    finds.import(node, node.arguments[0], 'dynamic');
  }
}

function findAsync(node: Node, finds: Finds): void {
  const {modifierFlags = 0} = node as Node & {modifierFlags?: number};
  const isAsync = (modifierFlags & ModifierFlags.Async) !== 0;
  const isForAwait = isForOfStatement(node) && node.awaitModifier !== undefined;
  if (isAsync || isForAwait || isAwaitExpression(node)) finds.asyncLines.push(finds.lineOf(node));
}

/** Parents in which an identifier of this role is a key or a label, and refers to nothing. */
const KEY_ROLES: readonly (readonly [SyntaxKind, 'name' | 'propertyName' | 'right'])[] = [
  [SyntaxKind.PropertyAssignment, 'name'],
  [SyntaxKind.PropertySignature, 'name'],
  [SyntaxKind.PropertyDeclaration, 'name'],
  [SyntaxKind.MethodSignature, 'name'],
  [SyntaxKind.MethodDeclaration, 'name'],
  [SyntaxKind.GetAccessor, 'name'],
  [SyntaxKind.SetAccessor, 'name'],
  [SyntaxKind.NamedTupleMember, 'name'],
  [SyntaxKind.BindingElement, 'propertyName'],
  [SyntaxKind.ImportSpecifier, 'propertyName'],
  [SyntaxKind.ExportSpecifier, 'name'],
  [SyntaxKind.QualifiedName, 'right'],
];

function isKey(node: Node): boolean {
  const parent = node.parent as Node & Partial<Record<'name' | 'propertyName' | 'right', Node>>;
  return KEY_ROLES.some(([kind, role]) => parent.kind === kind && isSame(parent[role], node));
}

function findNames(node: Node, finds: Finds): void {
  if (!isIdentifier(node)) return;
  const {parent} = node;
  const line = finds.lineOf(node);
  if (!isPropertyAccessExpression(parent)) {
    if (!isKey(node)) finds.mentions.push({name: node.text, property: undefined, line});
  } else if (isSame(parent.name, node)) {
    finds.properties.push({name: node.text, line});
  } else {
    finds.mentions.push({name: node.text, property: parent.name.text, line});
  }
}

function parseFile(path: string, file: SourceFile): ParsedSource {
  const finds = new Finds(file);
  const visit = (node: Node): undefined => {
    findImports(node, finds);
    findAsync(node, finds);
    findNames(node, finds);
    node.forEachChild(visit);
  };
  file.forEachChild(visit);
  const {imports, mentions, properties, asyncLines} = finds;
  const lines = file.text.trimEnd().split('\n').length;
  const {statements} = file;
  const isBarrel =
    statements.length > 0 &&
    statements.every((node) => isExportDeclaration(node) && node.moduleSpecifier !== undefined);
  return {path, lines, imports, mentions, properties, asyncLines, isBarrel};
}

export type Parser = {
  parse(sources: Sources): readonly ParsedSource[];
  /** Ends the compiler's process. */
  close(): void;
};

/**
 * Parses sources with the compiler itself, so that comments, strings and regular expressions are
 * never mistaken for code. Nothing is resolved, and nothing is read from disk.
 */
export function createParser(): Parser {
  let files = createVirtualFileSystem({});
  const fs: FileSystem = {
    readFile: (file) => files.readFile?.(file),
    fileExists: (file) => files.fileExists?.(file),
    directoryExists: (folder) => files.directoryExists?.(folder),
    getAccessibleEntries: (folder) => files.getAccessibleEntries?.(folder),
    realpath: (path) => files.realpath?.(path),
  };
  const api = new API({cwd: '/', fs});
  let rounds = 0;
  return {
    parse(sources) {
      rounds += 1;
      const root = `/checkout-${rounds}`; // files of an earlier round are never taken for these
      const pairs = [...sources].map(([path, text]) => [`${root}/${path}`, text] as const);
      const config = `${root}/tsconfig.json`;
      files = createVirtualFileSystem({...Object.fromEntries(pairs), [config]: TSCONFIG});
      const project = api.updateSnapshot({openProjects: [config]}).getProject(config);
      return [...sources.keys()].map((path) => {
        const file = project?.program.getSourceFile(`${root}/${path}`);
        if (file === undefined) throw new Error(`${path} was not parsed: is it a .ts file?`);
        return parseFile(path, file);
      });
    },
    close: () => api.close(),
  };
}
