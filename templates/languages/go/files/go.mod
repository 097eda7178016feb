module example.com/<%name%>

go 1.24
<%if aws or gcp or with%>

require (
<%if gcp%>
	github.com/GoogleCloudPlatform/functions-framework-go v1.9.2
<%end%>
<%if aws%>
	github.com/aws/aws-lambda-go v1.49.0
<%end%>
<%if "object-store" in with%>
	github.com/aws/aws-sdk-go-v2 v1.39.2
	github.com/aws/aws-sdk-go-v2/config v1.31.12
	github.com/aws/aws-sdk-go-v2/service/s3 v1.88.4
<%end%>
<%if gcp and trigger != "http"%>
	github.com/cloudevents/sdk-go/v2 v2.16.2
<%end%>
<%if "postgres" in with%>
	github.com/jackc/pgx/v5 v5.7.6
<%end%>
<%if "redis" in with or "queue" in with%>
	github.com/redis/go-redis/v9 v9.14.0
<%end%>
)
<%end%>
