// What wakes somebody up. Each query reads lines that the app logs; the check holds their words against the
// code. docs/azure/deploy.md lists them. What is told by a timer of a quarter of an hour is looked for in half
// an hour, so that it does not come and go.
param location string
param tags object
param workspaceId string
param email string

var alerts = [
  {
    name: 'failure-share'
    text: 'Many messages of a clinic failed within an hour: its worklist says which.'
    query: 'AppTraces | where Message startswith "failures_high "'
    minutes: 15
    severity: 1
    when: 'GreaterThan'
    threshold: 0
  }
  {
    name: 'sending-stopped'
    text: 'A provider account is stopped: nothing leaves by it. testconnection says why.'
    query: 'AppTraces | where Message startswith "sending_stopped "'
    minutes: 15
    severity: 1
    when: 'GreaterThan'
    threshold: 0
  }
  {
    name: 'poison-queue'
    text: 'A job failed so often that it was set aside: it is on the worklist.'
    query: 'AppTraces | where Message startswith "poison queue="'
    minutes: 15
    severity: 1
    when: 'GreaterThan'
    threshold: 0
  }
  {
    name: 'planning-not-run'
    text: 'For an hour no timer looked for clinics to plan: reminders of the day are at risk.'
    query: 'AppTraces | where Message startswith "timer_ran trigger=schedule_runs"'
    minutes: 60
    severity: 0
    when: 'LessThan'
    threshold: 1
  }
  {
    name: 'planning-failed'
    text: 'Plans of clinics failed repeatedly: the hour of a clinic may pass without its reminders.'
    query: 'AppTraces | where Message startswith "trigger_failed trigger=plan_clinic "'
    minutes: 60
    severity: 1
    when: 'GreaterThan'
    threshold: 3
  }
  {
    name: 'planning-incomplete'
    text: 'A clinic could not be planned as a whole: its list was not read to the end. Its reminders may be missing.'
    query: 'AppTraces | where Message startswith "run run=" and Message !contains "state=complete"'
    minutes: 60
    severity: 1
    when: 'GreaterThan'
    threshold: 3
  }
  {
    name: 'planning-late'
    text: 'The hour of a clinic passed 45 minutes ago and its plan of today is not complete: its reminders may be missing.'
    query: 'AppTraces | where Message startswith "planning_late "'
    minutes: 30
    severity: 1
    when: 'GreaterThan'
    threshold: 0
  }
  {
    name: 'release-not-run'
    text: 'For a quarter of an hour nothing was released: no message leaves.'
    query: 'AppTraces | where Message startswith "timer_ran trigger=release_due"'
    minutes: 15
    severity: 0
    when: 'LessThan'
    threshold: 1
  }
  {
    name: 'backlog-old'
    text: 'Messages that somebody waits for have been due for more than half an hour and have not gone.'
    query: 'AppTraces | where Message startswith "backlog_old "'
    minutes: 15
    severity: 1
    when: 'GreaterThan'
    threshold: 0
  }
  {
    name: 'unknown-outcomes'
    text: 'Many sends ended without an answer of the provider: what stays unknown is on the worklist.'
    query: 'AppTraces | where Message startswith "send outcome=Unknown "'
    minutes: 30
    severity: 2
    when: 'GreaterThan'
    threshold: 10
  }
  {
    name: 'unknown-waiting'
    text: 'Nobody has looked for an hour at a message that may not have arrived, and its appointment is near: somebody must phone.'
    query: 'AppTraces | where Message startswith "unknown_waiting state=pressing "'
    minutes: 30
    severity: 2
    when: 'GreaterThan'
    threshold: 0
  }
  {
    name: 'callbacks-refused'
    text: 'Callbacks are refused: a wrong secret, or somebody else is calling. Receipts and answers may be missing.'
    query: 'AppTraces | where Message startswith "http_refused code=callback_refused "'
    minutes: 30
    severity: 2
    when: 'GreaterThan'
    threshold: 20
  }
]

resource people 'Microsoft.Insights/actionGroups@2023-01-01' = if (!empty(email)) {
  name: 'people'
  location: 'global'
  tags: tags
  properties: {
    enabled: true
    groupShortName: 'people'
    emailReceivers: [
      {
        name: 'operator'
        emailAddress: email
        useCommonAlertSchema: true
      }
    ]
  }
}

resource rule 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [for alert in alerts: {
  name: alert.name
  location: location
  tags: tags
  kind: 'LogAlert'
  properties: {
    displayName: alert.name
    description: alert.text
    enabled: true
    severity: alert.severity
    scopes: [workspaceId]
    evaluationFrequency: 'PT${alert.minutes == 60 ? 15 : 5}M'
    windowSize: alert.minutes == 60 ? 'PT1H' : 'PT${alert.minutes}M'
    autoMitigate: true
    skipQueryValidation: true // the tables of telemetry come with the first telemetry
    criteria: {
      allOf: [
        {
          query: alert.query
          timeAggregation: 'Count'
          operator: alert.when
          threshold: alert.threshold
          failingPeriods: {
            numberOfEvaluationPeriods: 1
            minFailingPeriodsToAlert: 1
          }
        }
      ]
    }
    actions: {
      actionGroups: empty(email) ? [] : [people.id]
    }
  }
}]
