/** Manages API keys and their scopes. A key's secret is shown once, when the key is created. */
import { useState } from "preact/hooks";
import { change } from "../api/request.ts";
import { useResource } from "../api/resource.ts";
import type { KeyInfo, Scope } from "../api/types.ts";
import { keyStateOf } from "../format/key-state.ts";
import { dateAndClock } from "../format/time.ts";
import { announce } from "../parts/announcer.tsx";
import { Dialog } from "../parts/dialog.tsx";
import { DialogEnd } from "../parts/dialog-end.tsx";
import { Empty } from "../parts/empty.tsx";
import { Field } from "../parts/field.tsx";
import { List } from "../parts/list.tsx";
import { Name } from "../parts/name.tsx";
import { Page } from "../parts/page.tsx";
import { Badge } from "../parts/status.tsx";
import { ACTIONS } from "../parts/table.tsx";
import { useAction } from "../parts/use-action.ts";
import { useMe } from "../session.ts";
import { ShownOnce } from "./webhooks/shown-once.tsx";

const COLUMNS = ["Id", "Name", "Scopes", "User", "Created", "Last used", "State", ACTIONS];
const PLACEHOLDERS = 4;

const SCOPES: readonly { scope: Scope; text: string }[] = [
  { scope: "read", text: "read: look at everything it covers" },
  { scope: "operate", text: "operate: create, cancel, recover operations" },
  { scope: "wallets", text: "wallets: generate, import, disable wallets" },
  { scope: "admin", text: "admin: everything, for all users" },
];

type Made = { key: KeyInfo; secret: string };

function CreateForm({ onMade, onClose }: { onMade: (made: Made) => void; onClose: () => void }) {
  const [name, setName] = useState("");
  const [user, setUser] = useState("");
  const [scopes, setScopes] = useState<Scope[]>(["read"]);
  const creating = useAction();
  const isAdmin = scopes.includes("admin");
  const toggle = (scope: Scope): void =>
    setScopes(scopes.includes(scope) ? scopes.filter((one) => one !== scope) : [...scopes, scope]);
  const submit = (event: Event): void => {
    event.preventDefault();
    const bound = isAdmin || user.trim() === "" ? {} : { userId: user.trim() };
    void creating.run(async () =>
      onMade(await change<Made>("/v1/api-keys", { name: name.trim(), scopes, ...bound })),
    );
  };
  return (
    <form onSubmit={submit}>
      <Field label="Name" hint="What it is for" value={name} onValue={setName} required maxLength={128} />
      <fieldset>
        <legend>Scopes</legend>
        {SCOPES.map(({ scope, text }) => (
          <label key={scope} class="choice">
            <input type="checkbox" checked={scopes.includes(scope)} onChange={() => toggle(scope)} />
            <span>{text}</span>
          </label>
        ))}
      </fieldset>
      <Field
        label="Only for this user"
        hint={isAdmin ? "An admin key is for all users" : "Empty: for all users"}
        value={isAdmin ? "" : user}
        disabled={isAdmin}
        onValue={setUser}
      />
      <DialogEnd
        label="Create"
        action={creating}
        disabled={name.trim() === "" || scopes.length === 0}
        onClose={onClose}
      />
    </form>
  );
}

function CreateDialog({ onClose, onDone }: { onClose: () => void; onDone: () => void }) {
  const [made, setMade] = useState<Made | null>(null);
  const hold = (one: Made): void => {
    setMade(one);
    announce("The key is made. Store it now.");
    onDone();
  };
  return (
    <Dialog title={made ? `API key ${made.key.name}` : "New API key"} holds={made !== null} onClose={onClose}>
      {made ? (
        <ShownOnce text={made.secret} what="API key" onClose={onClose}>
          <p>This is the only time that it is shown. Whoever has it may do what its scopes say.</p>
        </ShownOnce>
      ) : (
        <CreateForm onMade={hold} onClose={onClose} />
      )}
    </Dialog>
  );
}

function RevokeDialog({
  apiKey,
  onClose,
  onDone,
}: {
  apiKey: KeyInfo;
  onClose: () => void;
  onDone: () => void;
}) {
  const revoking = useAction();
  const revoke = (): Promise<void> =>
    revoking.run(async () => {
      await change(`/v1/api-keys/${encodeURIComponent(apiKey.id)}`, undefined, { method: "DELETE" });
      announce(`Revoked ${apiKey.name}`);
      onDone();
      onClose();
    });
  return (
    <Dialog title={`Revoke ${apiKey.name}`} onClose={onClose}>
      <div class="stack">
        <p>Whoever uses it is refused from then on. This cannot be undone.</p>
        <DialogEnd label="Revoke" action={revoking} danger onYes={revoke} onClose={onClose} />
      </div>
    </Dialog>
  );
}

/** The title of a valid key says when it expires. */
function StateBadge({ apiKey }: { apiKey: KeyInfo }) {
  const { revokedAt, expiresAt } = apiKey;
  const state = keyStateOf(apiKey, Date.now());
  if (state === "revoked")
    return <Badge tone="off" label="Revoked" title={revokedAt ? dateAndClock(revokedAt) : ""} />;
  const until = expiresAt === null ? "It does not expire" : dateAndClock(expiresAt);
  if (state === "expired") return <Badge tone="off" label="Expired" title={until} />;
  return <Badge tone="good" label="Valid" title={expiresAt === null ? until : `Until ${until}`} />;
}

function Row({ apiKey, own, onRevoke }: { apiKey: KeyInfo; own: boolean; onRevoke: () => void }) {
  const { id, name, scopes, userId, createdAt, lastUsedAt, revokedAt } = apiKey;
  return (
    <tr>
      <td data-label="Id">
        <code>{id}</code>
      </td>
      <td data-label="Name">
        <Name class="clip" text={name} /> {own && <span class="muted">(this session)</span>}
      </td>
      <td data-label="Scopes">{scopes.join(", ")}</td>
      <td data-label="User" class="clip">
        {userId === null ? <span class="muted">all</span> : <Name text={userId} />}
      </td>
      <td data-label="Created">{dateAndClock(createdAt)}</td>
      <td data-label="Last used">
        {lastUsedAt ? dateAndClock(lastUsedAt) : <span class="muted">never</span>}
      </td>
      <td data-label="State">
        <StateBadge apiKey={apiKey} />
      </td>
      <td data-label="">
        {!revokedAt && (
          <button type="button" class="quiet" onClick={onRevoke}>
            Revoke… <span class="visually-hidden">{name}</span>
          </button>
        )}
      </td>
    </tr>
  );
}

export function KeysPage() {
  const me = useMe();
  const keys = useResource<{ keys: KeyInfo[] }>("/v1/api-keys");
  const [creating, setCreating] = useState(false);
  const [revoking, setRevoking] = useState<KeyInfo | null>(null);
  const create = (
    <button type="button" class="primary" onClick={() => setCreating(true)}>
      New API key…
    </button>
  );
  return (
    <Page title="API keys" actions={create}>
      <List
        of={keys}
        rows={keys.data?.keys}
        label="API keys"
        columns={COLUMNS}
        placeholders={PLACEHOLDERS}
        row={(key) => (
          <Row key={key.id} apiKey={key} own={key.id === me.key.id} onRevoke={() => setRevoking(key)} />
        )}
        empty={<Empty title="No API keys yet." />}
      />
      {creating && <CreateDialog onClose={() => setCreating(false)} onDone={keys.reload} />}
      {revoking && <RevokeDialog apiKey={revoking} onClose={() => setRevoking(null)} onDone={keys.reload} />}
    </Page>
  );
}
