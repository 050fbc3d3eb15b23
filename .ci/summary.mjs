/** Prints "N passed, N failed, N skipped" from vitest's JSON report; fails unless tests ran and every one passed. */
import { existsSync, readFileSync } from 'node:fs';

const [path] = process.argv.slice(2);
const report = existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined;
const tests = (report?.testResults ?? []).flatMap((file) => file.assertionResults);
const passed = tests.filter(({ status }) => status === 'passed').length;
const failed = tests.filter(({ status }) => status === 'failed').length;
const brokenFiles = (report?.testResults ?? []).filter(
  ({ status, assertionResults }) =>
    status === 'failed' && !assertionResults.some((test) => test.status === 'failed'),
).length;
const skipped = tests.length - passed - failed;

if (passed === 0) console.log('error: no test ran');
if (skipped > 0) console.log('error: CI must have what every test needs; skipped:');
for (const { status, fullName } of tests) {
  if (status !== 'passed' && status !== 'failed') console.log(`  ${fullName}`);
}
console.log(`${passed} passed, ${failed + brokenFiles} failed, ${skipped} skipped`);

process.exitCode = passed > 0 && failed + brokenFiles + skipped === 0 ? 0 : 1;
