/** Tests with the compiler that the dashboard's types of the API's answers match the server's schemas. */
import { expectTypeOf, it } from "vitest";
import type { EstimateView } from "../../src/server/schemas/estimate.ts";
import type { KeyInfo } from "../../src/server/schemas/keys.ts";
import type { HaltView, LimitsAnswer } from "../../src/server/schemas/limits.ts";
import type {
  ListedOperation,
  OperationDetail,
  OperationView,
  StepView,
} from "../../src/server/schemas/operations.ts";
import type { AuditPage, OverviewView, SweepPreviewView } from "../../src/server/schemas/overview.ts";
import type { QueueView } from "../../src/server/schemas/queue.ts";
import type { RecoveryPreviewView, RecoveryView } from "../../src/server/schemas/recovery.ts";
import type { BoughtTokens } from "../../src/server/schemas/tokens.ts";
import type { UserView, WalletView } from "../../src/server/schemas/wallets.ts";
import type {
  BalanceAlertView,
  ChatCodeView,
  ChatView,
  DeliveryView,
  WebhookView,
} from "../../src/server/schemas/webhooks.ts";
import type * as web from "../../web/src/api/types.ts";
import type * as limits from "../../web/src/pages/limits/limit-set.ts";
import type * as webhooks from "../../web/src/pages/webhooks/types.ts";

it("reads what the server answers", () => {
  expectTypeOf<OperationView>().toExtend<web.Operation>();
  expectTypeOf<ListedOperation>().toExtend<web.ListedOperation>();
  expectTypeOf<OverviewView>().toExtend<web.Overview>();
  expectTypeOf<AuditPage>().toExtend<web.AuditPage>();
  expectTypeOf<SweepPreviewView>().toExtend<web.SweepPreview>();
  expectTypeOf<OperationDetail>().toExtend<web.OperationDetail>();
  expectTypeOf<StepView>().toExtend<web.Step>();
  expectTypeOf<EstimateView>().toExtend<web.Estimate>();
  expectTypeOf<RecoveryView>().toExtend<web.Recovery>();
  expectTypeOf<RecoveryPreviewView>().toExtend<web.RecoveryPreview>();
  expectTypeOf<WalletView>().toExtend<web.Wallet>();
  expectTypeOf<BoughtTokens["tokens"][number]>().toExtend<web.BoughtToken>();
  expectTypeOf<UserView>().toExtend<web.User>();
  expectTypeOf<KeyInfo>().toExtend<web.KeyInfo>();
  expectTypeOf<HaltView>().toExtend<web.Halt>();
  expectTypeOf<QueueView>().toExtend<web.QueueHealth>();
  expectTypeOf<WebhookView>().toExtend<webhooks.Webhook>();
  expectTypeOf<DeliveryView>().toExtend<webhooks.Delivery>();
  expectTypeOf<BalanceAlertView>().toEqualTypeOf<webhooks.BalanceAlert>();
  expectTypeOf<ChatView>().toExtend<webhooks.Chat>();
  expectTypeOf<ChatCodeView>().toExtend<webhooks.ChatCode>();
  expectTypeOf<LimitsAnswer>().toExtend<limits.LimitsAnswer>();
});
