import { json } from '../json.js';
import { alerts } from './alerts.js';
import { dashboard } from './dashboard.js';
import type { OwnedTool } from './owners.js';
import { rulesFile } from './rules-file.js';
import { runbook } from './runbook.js';

/** What operations need of a server with these tools: path below the folder to text. */
export function operations(tools: readonly OwnedTool[], runbookUrl: string): Map<string, string> {
  const all = alerts(tools);
  const pages = [...runbook(all, tools)].map(([name, text]): [string, string] => [`runbook/${name}`, text]);
  return new Map([['alerts.yml', rulesFile(all, runbookUrl)], ['dashboard.json', json(dashboard(tools))], ...pages]);
}
