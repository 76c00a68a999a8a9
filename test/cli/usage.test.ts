/** Tests the help, the version, the usage errors with their exit codes, and `cto errors`. */
import type { Command } from "commander";
import { afterEach, describe, expect, it, vi } from "vitest";
import { reportFailure } from "../../src/cli/failures.ts";
import { createProgram } from "../../src/cli/program.ts";
import { REGISTRY } from "../../src/errors/index.ts";
import { runCli } from "./run-cli.ts";

/** Returns the commands without subcommands, by their full name. */
const leaves = (command: Command, words: readonly string[] = []): [string, Command][] =>
  command.commands.length === 0
    ? [[words.join(" "), command]]
    : command.commands.flatMap((each) => leaves(each, [...words, each.name()]));

function helpOf(command: Command): string {
  let text = "";
  command.configureOutput({
    writeOut: (part) => {
      text += part;
    },
  });
  command.outputHelp();
  return text;
}

/**
 * Runs a command that is refused before any work. We run it in this process, because a new process takes a
 * second.
 */
async function refusalOf(args: readonly string[]): Promise<{ code: number; text: string }> {
  let text = "";
  vi.spyOn(process.stderr, "write").mockImplementation((part) => {
    text += String(part);
    return true;
  });
  try {
    await createProgram().parseAsync([...args], { from: "user" });
    throw new Error("it was not refused");
  } catch (error) {
    return { code: reportFailure(error, { json: false }), text };
  }
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe("the command line", () => {
  it.each(leaves(createProgram()))(
    "shows what `cto %s` does, and an example, in its help",
    (name, command) => {
      expect(command.description()).not.toBe("");
      expect(helpOf(command)).toMatch(/\nExamples?:\n {2}\$ cto /);
      expect(helpOf(command)).toContain(`$ cto ${name}`);
    },
  );

  it("prints its version, and its help with exit code 0", async () => {
    expect(await runCli(["--version"])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    });
    expect(await runCli(["wallets", "import", "--help"])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("cto wallets import [options] <user>"),
    });
  });

  it.each([
    { why: "half a command", args: ["users"] },
    { why: "an unknown command", args: ["statsu"] },
    { why: "an unknown option", args: ["status", "--nonsense"] },
    { why: "a count that is no number", args: ["wallets", "generate", "alice", "--count", "many"] },
    { why: "a program without a path", args: ["localnet", "--load-program", "nothing"] },
    { why: "a missing argument", args: ["watch"] },
    { why: "a malformed address", args: ["airdrop", "nowhere", "1"] },
  ])("ends with 2 for $why, and shows no stack", async ({ args }) => {
    const { code, text } = await refusalOf(args);
    expect(code).toBe(2);
    expect(text).not.toBe("");
    expect(text).not.toMatch(/^\s+at /m);
  });

  it("says of a file that it is not there, or what it is not", async () => {
    const missing = await refusalOf(["call", "create", "nowhere.json"]);
    expect(missing).toEqual({
      code: 2,
      text: expect.stringContaining("the file nowhere.json is not there"),
    });
    expect(missing.text).not.toContain("no terms");
    expect((await refusalOf(["call", "create", "src"])).text).toContain("the file src is a folder");
    expect((await refusalOf(["call", "create", "README.md"])).text).toContain("README.md has no terms");
  });

  it("ends with 2 and its help when no command is given", async () => {
    const { code, stderr } = await runCli([]);
    expect(code).toBe(2);
    expect(stderr).toContain("Usage: cto");
  });

  it("says how to mend a misspelt command, with --json as one value", async () => {
    const { code, stdout, stderr } = await runCli(["statsu", "--json"]);
    expect(code).toBe(2);
    expect(stderr).toBe("");
    expect(JSON.parse(stdout)).toEqual({
      error: {
        code: "CTO_E_USAGE",
        message: expect.stringMatching(/unknown command 'statsu'.*Did you mean status\?/s),
        remedy: REGISTRY.CTO_E_USAGE.remedy,
      },
    });
  });

  it("ends with 2 and names the variable, not its value, when the configuration is not valid", async () => {
    const { code, stderr } = await runCli(["users", "list"], { DATABASE_URL: "sesame://open" });
    expect(code).toBe(2);
    expect(stderr).toContain("DATABASE_URL");
    expect(stderr).not.toContain("sesame");
  });
});

describe("cto errors", () => {
  it("explains a code, however it is written", async () => {
    const { code, stdout } = await runCli(["errors", "user_exists"]);
    expect(code).toBe(0);
    expect(stdout).toContain("CTO_E_USER_EXISTS");
    expect(stdout).toContain(REGISTRY.CTO_E_USER_EXISTS.cause);
    expect(stdout).toContain(REGISTRY.CTO_E_USER_EXISTS.remedy);
  });

  it("lists every code of the registry", async () => {
    const { stdout } = await runCli(["errors", "--json"]);
    const listed = (JSON.parse(stdout) as { code: string }[]).map(({ code }) => code);
    expect(listed).toEqual(Object.keys(REGISTRY));
  });

  it("ends with 2 for a code that does not exist", async () => {
    const { code, text } = await refusalOf(["errors", "CTO_E_NOTHING"]);
    expect(code).toBe(2);
    expect(text).toContain("CTO_E_ERROR_CODE_UNKNOWN");
  });
});
