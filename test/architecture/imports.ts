import { posix } from 'node:path';

/** Source text by path relative to the repository, with forward slashes. */
export type Sources = ReadonlyMap<string, string>;

/** What an area may import: other areas, and modules from outside the repository. */
export interface AreaRule {
  readonly areas: readonly string[];
  /** Packages and `node:` modules; absent where anything declared goes. */
  readonly only?: readonly string[];
  readonly never?: readonly string[];
}

export type Rules = Readonly<Record<string, AreaRule>>;

/** Every module a file names: imports, re-exports and `import()`, types included. */
export function importsOf(source: string): string[] {
  const statement = /^\s*(?:import|export)\s(?:[^;'"`]*?\sfrom\s*)?['"]([^'"]+)['"]/gm;
  const call = /\bimport\(\s*['"]([^'"]+)['"]/g;
  return [statement, call].flatMap((pattern) => [...source.matchAll(pattern)].map((match) => match[1]!));
}

/** Imports that break the rules, each as a sentence. */
export function faultyImports(sources: Sources, rules: Rules): string[] {
  const faults: string[] = [];
  for (const [path, source] of sources) {
    const area = areaOf(path);
    const rule = rules[area];
    if (rule === undefined) continue;
    for (const specifier of importsOf(source)) {
      if (isRelative(specifier)) {
        const target = resolve(path, specifier);
        if (!sources.has(target)) faults.push(`${path} imports ${target}, which is not a source file`);
        else if (areaOf(target) !== area && !rule.areas.includes(areaOf(target))) {
          faults.push(`${path} imports ${target}: ${area} may not import ${areaOf(target)}`);
        }
      } else {
        const name = packageOf(specifier);
        const allowed = rule.only === undefined || rule.only.includes(name);
        if (!allowed || rule.never?.includes(name))
          faults.push(`${path} imports ${name}, which ${area} may not`);
      }
    }
  }
  return faults;
}

/** Packages outside Node and the repository that the sources import. */
export function packagesOf(sources: Sources): Set<string> {
  const names = [...sources.values()].flatMap(importsOf).filter((specifier) => !isRelative(specifier));
  return new Set(names.filter((name) => !name.startsWith('node:')).map(packageOf));
}

/** One import cycle for each file that closes one: `a.ts -> b.ts -> a.ts`. */
export function cycles(sources: Sources): string[] {
  const found: string[] = [];
  const finished = new Set<string>();
  const visit = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path);
    if (start !== -1) {
      found.push([...trail.slice(start), path].join(' -> '));
      return;
    }
    if (finished.has(path)) return;
    for (const specifier of importsOf(sources.get(path) ?? '').filter(isRelative)) {
      visit(resolve(path, specifier), [...trail, path]);
    }
    finished.add(path);
  };
  for (const path of sources.keys()) visit(path, []);
  return found;
}

const isRelative = (specifier: string): boolean => specifier.startsWith('.');

const resolve = (from: string, specifier: string): string =>
  posix.normalize(posix.join(posix.dirname(from), specifier));

/** The top folder; a file at the root is an area of its own. */
const areaOf = (path: string): string => path.split('/')[0]!;

/** `zod/v4` -> `zod`, `@scope/name/file` -> `@scope/name`, `node:fs/promises` -> `node:fs`. */
const packageOf = (specifier: string): string =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
