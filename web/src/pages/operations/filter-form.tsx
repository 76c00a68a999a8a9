/** Shows the search and the filters above the list. They take effect while the user types. Rare filters are folded. */
import { OPERATION_WORDS } from "../../format/words.ts";
import { Field } from "../../parts/field.tsx";
import { type Filters, isFiltered, STATUSES } from "./filters.ts";

type Props = { filters: Filters; bound: string | null; onChange: (filters: Filters) => void };

const NONE: Filters = {
  status: [],
  search: "",
  userId: "",
  tokenAddress: "",
  wallet: "",
  after: "",
  before: "",
  incidents: "",
};

function StatusChoice({ filters, onChange }: Omit<Props, "bound">) {
  const toggle = (status: Filters["status"][number]): void => {
    const chosen = filters.status.includes(status);
    onChange({
      ...filters,
      status: chosen ? filters.status.filter((one) => one !== status) : [...filters.status, status],
    });
  };
  return (
    <fieldset class="chips">
      <legend class="visually-hidden">Status</legend>
      {STATUSES.map((status) => (
        <label key={status} class="chip">
          <input type="checkbox" checked={filters.status.includes(status)} onChange={() => toggle(status)} />
          <span>{OPERATION_WORDS[status].label}</span>
        </label>
      ))}
      <label class="chip">
        <input
          type="checkbox"
          checked={filters.incidents !== ""}
          onChange={() => onChange({ ...filters, incidents: filters.incidents === "" ? "true" : "" })}
        />
        <span>Incidents</span>
      </label>
    </fieldset>
  );
}

export function FilterForm({ filters, bound, onChange }: Props) {
  const set = (name: keyof Filters) => (value: string) => onChange({ ...filters, [name]: value });
  const { userId, tokenAddress, wallet, after, before } = filters;
  const hidden = [userId, tokenAddress, wallet, after, before].filter((value) => value !== "").length;
  return (
    <search>
      <form class="filters" onSubmit={(event) => event.preventDefault()}>
        <div class="filters-first">
          <Field
            label="Search"
            type="search"
            placeholder="Operation id or token"
            value={filters.search}
            onValue={set("search")}
          />
          <StatusChoice filters={filters} onChange={onChange} />
        </div>
        <details open={hidden > 0}>
          <summary>More filters{hidden > 0 ? ` (${hidden} in use)` : ""}</summary>
          <div class="fields wide">
            {bound === null && <Field label="User" value={userId} onValue={set("userId")} />}
            <Field
              label="Token"
              value={tokenAddress}
              onValue={set("tokenAddress")}
              placeholder="Mint address"
            />
            <Field label="Wallet" value={wallet} onValue={set("wallet")} placeholder="Address or id" />
            <Field label="Created after" type="datetime-local" value={after} onValue={set("after")} />
            <Field label="Created before" type="datetime-local" value={before} onValue={set("before")} />
          </div>
        </details>
        {isFiltered(filters) && (
          <button type="button" class="quiet clear" onClick={() => onChange(NONE)}>
            Clear all filters
          </button>
        )}
      </form>
    </search>
  );
}
