// A service of its own in a temporary folder, with the sample of the crate, and its tokens.
import { spawn } from "node:child_process";
import { createHmac, randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const here = new URL(".", import.meta.url).pathname;

export async function start(settings = {}) {
  const folder = mkdtempSync(join(tmpdir(), "may-train-browser-"));
  const secret = randomBytes(32).toString("hex");
  const env = {
    ...process.env,
    DATABASE_URL: `sqlite:${join(folder, "test.db")}?mode=rwc`,
    ADDRESS: "127.0.0.1:0",
    OPS_ADDRESS: "127.0.0.1:0",
    TOKEN_SECRET: secret,
    SUPPRESSION_KEY: randomBytes(32).toString("hex"),
    IMPORT: join(here, "../../../sample"),
    REQUEST_BURST: "100000",
    ...settings,
  };
  const binary = process.env.BACKEND ?? join(here, "../../target/debug/backend");
  const child = spawn(binary, { env, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  child.stdout.on("data", (data) => (said += data));
  let logged = "";
  child.stderr.on("data", (data) => (logged += data));
  const url = await new Promise((resolve, reject) => {
    child.on("exit", () => reject(new Error(`the service ended early: ${logged}`)));
    const poll = setInterval(() => {
      const address = said.match(/^API +(http:\/\/[^/]+)/m);
      if (address) {
        clearInterval(poll);
        resolve(address[1]);
      }
    }, 50);
  });
  const token = (sub, role) => {
    const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const exp = Math.floor(Date.now() / 1000) + 3600;
    const text = `${part({ alg: "HS256", typ: "JWT" })}.${part({ sub, role, aud: "may-train", exp })}`;
    return `${text}.${createHmac("sha256", secret).update(text).digest("base64url")}`;
  };
  const call = async (method, path, body, who = token("trainer", "pipeline")) => {
    const headers = { authorization: `Bearer ${who}`, "content-type": "application/json" };
    const answer = await fetch(url + path, { method, headers, body: body && JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  };
  const stop = () => {
    child.removeAllListeners("exit");
    child.kill("SIGTERM");
    rmSync(folder, { recursive: true, force: true });
  };
  return { url, token, call, stop, log: () => logged };
}

/// Builds and seals a run, so that pages have one to show.
export async function run(service, id, wanted = {}) {
  const until = async (stage) => {
    for (let tries = 0; tries < 200; tries += 1) {
      const now = await service.call("GET", `/v1/runs/${id}`);
      if (now.stage === stage) return;
      if (now.stage === "failed") throw new Error(JSON.stringify(now));
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`${id} is not ${stage}`);
  };
  await service.call("POST", `/v1/runs/${id}`, wanted);
  await until("open");
  await service.call("POST", `/v1/runs/${id}/seal`);
  await until("sealed");
}
