module example.com/<%name%>

go 1.24
<%if aws or gcp%>

require (
<%if aws%>
	github.com/aws/aws-lambda-go v1.55.1
<%end%>
<%if gcp%>
	github.com/GoogleCloudPlatform/functions-framework-go v1.9.2
<%if trigger != "http"%>
	github.com/cloudevents/sdk-go/v2 v2.16.2
<%end%>
<%end%>
)
<%end%>
