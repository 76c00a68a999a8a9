{{- define "cto.labels" -}}
app.kubernetes.io/name: cto-queue
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "cto.pod" -}}
terminationGracePeriodSeconds: {{ .Values.terminationGracePeriodSeconds }}
automountServiceAccountToken: false
securityContext:
  runAsNonRoot: true
  runAsUser: 1000
  runAsGroup: 1000
  fsGroup: 1000
  seccompProfile: { type: RuntimeDefault }
volumes:
  - name: home
    emptyDir: {}
{{- end }}

{{- define "cto.container" -}}
image: "{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}"
imagePullPolicy: {{ .Values.image.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: { drop: ["ALL"] }
envFrom:
  - secretRef:
      name: {{ required "existingSecret: the name of a Secret with SOLANA_RPC_URL, ENCRYPTION_SECRET and the rest" .Values.existingSecret }}
volumeMounts:
  - name: home
    mountPath: /var/lib/cto
{{- end }}

{{- define "cto.env" -}}
{{- range $name, $value := .Values.env }}
- name: {{ $name }}
  value: {{ $value | quote }}
{{- end }}
{{- end }}
