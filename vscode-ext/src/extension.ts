// The VS Code side of hplint: a language client for `hplint lsp`, and rule pages in a tab of their own.
// All analysis is in the server.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import * as vscode from 'vscode';
import { LanguageClient, LanguageClientOptions, ServerOptions } from 'vscode-languageclient/node';

const run = promisify(execFile);
let client: LanguageClient | undefined;

function program(): string {
  // Only the machine's own value counts: `machine` scope keeps workspaces from setting it, and
  // reading the global value makes that sure.
  const setting = vscode.workspace.getConfiguration('hplint').inspect<string>('path');
  return setting?.globalValue || setting?.defaultValue || 'hplint';
}

async function start(): Promise<void> {
  const command = program();
  const server: ServerOptions = { command, args: ['lsp'] };
  const options: LanguageClientOptions = {
    documentSelector: [{ scheme: 'file', language: 'c' }],
    outputChannelName: 'hplint',
    // Links of diagnostics open the rule's page in a tab, from the same program.
    initializationOptions: { rulePages: 'hplint-rule:' },
  };
  client = new LanguageClient('hplint', 'hplint', server, options);
  try {
    await client.start();
  } catch (error) {
    client = undefined;
    const reason = error instanceof Error ? error.message : String(error);
    const choice = await vscode.window.showErrorMessage(
      `hplint: cannot start '${command} lsp' (${reason}). Install hplint or set hplint.path.`,
      'Open Setting',
    );
    if (choice) {
      await vscode.commands.executeCommand('workbench.action.openSettings', 'hplint.path');
    }
  }
}

async function stop(): Promise<void> {
  const old = client;
  client = undefined;
  await old?.stop();
}

/** Pages of rules as read-only documents: hplint-rule:HP101.md */
class RulePages implements vscode.TextDocumentContentProvider {
  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    const rule = uri.path.replace(/\.md$/, '');
    try {
      return (await run(program(), ['explain', '--color=never', rule], { timeout: 5000 })).stdout;
    } catch (error) {
      return `hplint explain ${rule}: ${error instanceof Error ? error.message : String(error)}`;
    }
  }
}

async function chooseRule(): Promise<string | undefined> {
  const { stdout } = await run(program(), ['explain'], { timeout: 5000 });
  const rules = stdout
    .split('\n')
    .map((line) => /^(HP\d+)\s+(\S+)\s+(.*)$/.exec(line))
    .filter((match): match is RegExpExecArray => match !== null)
    .map((match) => ({ label: match[1], description: match[2], detail: match[3] }));
  return (await vscode.window.showQuickPick(rules, { placeHolder: 'Which rule?' }))?.label;
}

async function explain(rule?: string): Promise<void> {
  try {
    const id = rule ?? (await chooseRule());
    if (id) {
      const uri = vscode.Uri.from({ scheme: 'hplint-rule', path: `${id}.md` });
      await vscode.commands.executeCommand('markdown.showPreview', uri);
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    await vscode.window.showErrorMessage(`hplint explain: ${reason}`);
  }
}

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  context.subscriptions.push(
    vscode.workspace.registerTextDocumentContentProvider('hplint-rule', new RulePages()),
    vscode.commands.registerCommand('hplint.explain', explain),
    vscode.commands.registerCommand('hplint.restart', async () => {
      await stop();
      await start();
    }),
  );
  await start();
}

export async function deactivate(): Promise<void> {
  await stop();
}
